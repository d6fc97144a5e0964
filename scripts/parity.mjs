// `npm run parity`: trains every recorded run of PyTorch Lightning on every executor, prints the differences and
// writes docs/parity.md. `-- --webgpu` takes WebGPU in: on this machine's adapter with `--hardware`, else on the
// software one of the browser, which takes minutes. `-- --check` writes nothing.
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createServer } from 'vite';
import { findBrowser } from './find-browser.mjs';
import { ROOT } from './prepare.mjs';
import { softwareVulkanEnv } from './software-vulkan.mjs';

const flags = new Set(process.argv.slice(2));
const wantsSoftware = flags.has('--webgpu') && !flags.has('--hardware');
if (wantsSoftware && process.env.THAW_PARITY_CHILD === undefined) startWithSoftwareAdapter();
else await measure();

/** The Vulkan loader reads its environment when a process starts: so the measurement is a process of its own. */
function startWithSoftwareAdapter() {
  const software = softwareVulkanEnv(findBrowser()?.path ?? process.execPath);
  if (software === null) throw new Error('The browser ships no software Vulkan driver. Try --hardware.');
  const env = { ...process.env, ...software, THAW_PARITY_CHILD: '1' };
  const script = [fileURLToPath(import.meta.url), ...flags];
  process.exitCode = spawnSync(process.execPath, script, { env, stdio: 'inherit' }).status ?? 1;
}

async function measure() {
  const server = await createServer({
    root: ROOT,
    configFile: false,
    logLevel: 'error',
    appType: 'custom',
    server: { middlewareMode: true, hmr: false, ws: false, watch: null },
    optimizeDeps: { noDiscovery: true },
  });
  const load = (file) => server.ssrLoadModule(`/src/engine/testing/${file}`);
  const { parityReport } = await load('parity-table.ts');
  const more = flags.has('--webgpu') ? await (await load('webgpu-executor.ts')).nodeWebgpuExecutors() : {};
  const report = await parityReport(more, (line) => console.log(line));
  await server.close();
  console.log(`\n${report}`);
  if (!flags.has('--check')) writeFileSync(join(ROOT, 'docs', 'parity.md'), report);
  // Dawn keeps the process alive.
  process.exit(0);
}
