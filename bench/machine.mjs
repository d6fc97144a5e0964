import { readFileSync } from 'node:fs';
import { availableParallelism, cpus, totalmem } from 'node:os';

/** Where and with what a run was measured, as markdown. */
export function machineText({ loadBefore, browserVersion, machine, torch, minutes }) {
  const packages = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
  const lock = JSON.parse(readFileSync(new URL('../package-lock.json', import.meta.url), 'utf8'));
  const tfjs = lock.packages['node_modules/@tensorflow/tfjs'].version;
  const cpu = cpus()[0]?.model ?? 'unknown processor';
  return [
    `Measured on ${new Date().toISOString().slice(0, 10)}, ${minutes.toFixed(0)} minutes.`,
    '',
    `- ${cpu}, ${availableParallelism()} cores, ${Math.round(totalmem() / 2 ** 30)} GB`,
    `- busy processors in the minute before: ${loadBefore.toFixed(1)}${loadBefore > 0.5 ? ' (**other work was running: read the numbers with care**)' : ''}`,
    `- Chromium ${browserVersion}, headless, page ${machine.isolation}; WebGPU adapter: ${machine.adapter}`,
    `- Thaw ${packages.version}, TensorFlow.js ${tfjs}, Node ${process.versions.node}`,
    `- PyTorch ${torch ?? 'not found (set THAW_PYTHON)'}`,
  ].join('\n');
}
