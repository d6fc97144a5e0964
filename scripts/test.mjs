// `npm test`: everything that must hold, from a fresh clone. The last line is `N passed, N failed`.
// Every check counts as one; unit and end-to-end tests count one each.
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { checkNode, installMissing, ROOT, runNpm } from './prepare.mjs';

checkNode();
await installMissing();

const { findOrInstallBrowser } = await import('./find-browser.mjs');
const { softwareVulkanEnv } = await import('./software-vulkan.mjs');
const browser = await findOrInstallBrowser().catch((error) => {
  console.error(error.message);
  console.log('0 passed, 1 failed');
  process.exit(1);
});
console.log(`Browser: ${browser.path} (${browser.how}; sandbox ${browser.sandbox})`);
// In Node the WebGPU kernels run on the graphics driver in software that the browser brings along.
const vulkan = softwareVulkanEnv(browser.path);
console.log(
  vulkan === null
    ? 'WebGPU in Node: whatever adapter this machine has'
    : `WebGPU in Node: the browser's software driver, ${vulkan.VK_ICD_FILENAMES}`,
);

const reports = join(ROOT, '.cache', 'test-reports');
rmSync(reports, { recursive: true, force: true });
mkdirSync(reports, { recursive: true });
const unitReport = join(reports, 'unit.json');
const e2eReport = join(reports, 'e2e.json');
const env = {
  CI: process.env.CI ?? '1',
  THAW_BROWSER: browser.path,
  THAW_FOUND_BROWSER: JSON.stringify(browser),
  THAW_TEST_PORT: String(await freePort()),
  PLAYWRIGHT_JSON_OUTPUT_NAME: e2eReport,
};

/** Each step is a script of package.json; one with `counts` runs tests and reads them from its report. */
const STEPS = [
  { title: 'Kernels', script: 'kernels' },
  { title: 'Type check', script: 'typecheck' },
  { title: 'Lint', script: 'lint' },
  { title: 'Import rules', script: 'imports' },
  { title: 'Dead code', script: 'dead-code' },
  {
    title: 'Unit tests',
    script: 'unit',
    env: vulkan ?? {},
    args: ['--reporter=default', '--reporter=json', `--outputFile.json=${unitReport}`],
    counts: () => {
      const report = readJson(unitReport);
      return {
        passed: report.numPassedTests,
        failed: report.numFailedTests,
        skipped: report.numPendingTests,
      };
    },
  },
  { title: 'Build', script: 'build', args: ['--logLevel', 'warn'] },
  {
    title: 'End-to-end tests',
    script: 'e2e',
    args: ['--reporter=list,json'],
    needs: 'Build',
    counts: () => {
      const { expected, unexpected, flaky, skipped } = readJson(e2eReport).stats;
      return { passed: expected, failed: unexpected + flaky, skipped };
    },
  },
];

const results = [];
for (const step of STEPS) results.push(await runStep(step));

console.log('\nStep                 seconds  passed  failed  skipped');
for (const { title, seconds, passed, failed, skipped } of results) {
  const cells = [
    seconds.toFixed(1).padStart(7),
    ...[passed, failed, skipped].map((n) => String(n).padStart(6)),
  ];
  console.log(`${title.padEnd(20)} ${cells.join('  ')}`);
}
const passed = sum('passed');
const failed = sum('failed');
console.log(`\n${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 && passed > 0 ? 0 : 1;

async function runStep({ title, script, args = [], env: own = {}, needs, counts }) {
  console.log(`\n=== ${title}`);
  if (results.some((result) => result.title === needs && result.failed > 0)) {
    console.log(`Not run: ${needs} failed.`);
    return { title, seconds: 0, passed: 0, failed: 1, skipped: 0 };
  }
  const startedMs = performance.now();
  // Without the pre-scripts: what they would run are steps of their own here.
  const code = await runNpm(
    ['run', '--silent', '--ignore-scripts', script, ...(args.length > 0 ? ['--', ...args] : [])],
    { env: { ...env, ...own } },
  );
  const seconds = (performance.now() - startedMs) / 1000;
  if (code !== 0) console.log(`--- ${title} failed (exit code ${code}).`);
  return { title, seconds, ...countTests(code, counts) };
}

/** A step that failed counts at least one failure, and a test step that ran no test has failed. */
function countTests(code, counts) {
  const byExitCode = { passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1, skipped: 0 };
  if (counts === undefined) return byExitCode;
  try {
    const found = counts();
    const isWhole = code === 0 ? found.passed > 0 : found.failed > 0;
    if (code === 0 && found.passed === 0) console.log('--- No test ran.');
    return isWhole ? found : { ...found, failed: found.failed + 1 };
  } catch {
    console.log('--- It left no report.');
    return { passed: 0, failed: 1, skipped: 0 };
  }
}

function sum(field) {
  return results.reduce((total, result) => total + result[field], 0);
}

function readJson(path) {
  return JSON.parse(readFileSync(path, 'utf8'));
}

function freePort() {
  return new Promise((done, fail) => {
    const probe = createServer();
    probe.on('error', fail);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address();
      probe.close(() => done(port));
    });
  });
}
