// `npm run bench`: one table of Thaw's backends, stock TensorFlow.js and PyTorch on this machine. See USAGE.
import { readFileSync, writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { gzipSync } from 'node:zlib';
import { runNpm } from '../scripts/prepare.mjs';
import { measureApp } from './app-story.mjs';
import { launchBrowser, openBenchPage } from './browser.mjs';
import { MODES, peersFor, workloadsFor, workloadTitle } from './cases.mjs';
import { compareEstimates } from './estimate-story.mjs';
import { machineText } from './machine.mjs';
import { measure } from './measure.mjs';
import { readOptions, USAGE } from './options.mjs';
import { appTable, countsTable, estimatesTable, workloadTable } from './report.mjs';
import { targetsTable } from './targets.mjs';
import { torchVersion } from './torch.mjs';

const DOCUMENT = new URL('../docs/benchmark.md', import.meta.url);
const MEASURED = /(<!-- measured -->\n)[\s\S]*(\n<!-- end of measured -->)/;

const COUNTED = {
  network: 'efficientnet-lite0',
  title: 'EfficientNet-Lite0',
  pictureSize: 224,
  batchSize: 32,
  mode: 'bn-trained',
};

// Before the benchmark itself is the load.
const loadBefore = loadavg()[0];
const startMs = performance.now();
const minutes = () => (performance.now() - startMs) / 60_000;
const log = (text) => console.error(`${minutes().toFixed(1)} min  ${text}`);

const options = readOptions(process.argv.slice(2));
if (options.help) {
  console.log(USAGE);
  process.exit(0);
}
const code = await runNpm(['run', 'kernels']);
if (code !== 0) process.exit(1);

const browser = await launchBrowser(options.gpu ? 'own' : 'software');
try {
  const markdown = await report(await openBenchPage(browser));
  console.log(markdown);
  if (options.write) {
    const text = readFileSync(DOCUMENT, 'utf8');
    writeFileSync(
      DOCUMENT,
      text.replace(MEASURED, (_, begin, end) => `${begin}${markdown}${end}`),
    );
  }
} finally {
  await browser.close();
}
log('done');

async function report({ page, close }) {
  const machine = await page.evaluate(() => window.bench.machine());
  const torch = options.parts.has('torch') ? await torchVersion() : null;
  const torchThreads = torch === null ? null : [...new Set([1, machine.threads])];
  const bench = { page, options, torchThreads, peers: peersFor(options) };
  const workloads = [];
  const measuring = bench.peers.length > 0 || torch !== null;
  for (const workload of measuring ? workloadsFor(options) : []) {
    const modes = [];
    for (const { mode, title } of MODES) {
      log(`${workloadTitle(workload)}: ${title}`);
      modes.push({ mode, rows: await measure(bench, workload, mode) });
    }
    workloads.push({ workload, modes });
  }
  const counts = options.parts.has('counts')
    ? {
        title: workloadTitle(COUNTED),
        counts: await page.evaluate((work) => window.bench.count(work), COUNTED),
      }
    : null;
  await close();
  const app = options.parts.has('app') ? await measureApp(browser, log) : null;
  const estimates = options.parts.has('estimate') ? await compareEstimates(browser, log) : null;
  // The one that this browser runs.
  const kernelGzipBytes = gzipSync(
    readFileSync(new URL('../build/kernels/relaxed-simd.wasm', import.meta.url)),
  ).length;
  const cores = machine.threads;
  return [
    machineText({ loadBefore, browserVersion: browser.version(), machine, torch, minutes: minutes() }),
    targetsTable({ workloads, app, estimates, counts, kernelGzipBytes }, cores),
    ...workloads.map((measured) => workloadTable(measured, cores)),
    ...(app === null ? [] : [appTable(app)]),
    ...(estimates === null ? [] : [estimatesTable(estimates)]),
    ...(counts === null ? [] : [countsTable(counts)]),
  ].join('\n\n');
}
