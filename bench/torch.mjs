// PyTorch on the same cores: a process a round, so that it takes turns with the browser.
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { median } from './statistics.mjs';

const SCRIPT = fileURLToPath(new URL('../scripts/reference/torch_speed.py', import.meta.url));
const PYTHON = process.env.THAW_PYTHON ?? 'python3';

/** @returns {Promise<string | null>} PyTorch's version, null where Python has none */
export async function torchVersion() {
  const { code, output } = await runPython(['-c', 'import torch; print(torch.__version__)']).catch(() => ({
    code: 1,
    output: '',
  }));
  return code === 0 ? output.trim() : null;
}

/** One round of every thread count and layout: `rounds` timed steps of each. */
export async function torchRound({ network, pictureSize, batchSize }, mode, threads, rounds) {
  const { code, output, errors } = await runPython([
    SCRIPT,
    '--networks',
    `${network}@${pictureSize}x${batchSize}`,
    '--modes',
    mode,
    '--threads',
    ...threads.map(String),
    '--rounds',
    String(rounds),
    '--warm-up',
    '1',
  ]);
  if (code !== 0) throw new Error(`torch_speed.py failed: ${errors.trim().split('\n').at(-1)}`);
  return JSON.parse(output).results;
}

/** Rounds of one case as one row: the median of their medians, the least and most of all. */
export function mergeTorch(rounds) {
  const cases = new Map();
  for (const result of rounds.flat()) {
    const key = `${result.threads}, ${result.layout}`;
    cases.set(key, [...(cases.get(key) ?? []), result]);
  }
  return [...cases.values()].map((results) => ({
    id: `torch-${results[0].threads}-${results[0].layout}`,
    title: `PyTorch, ${results[0].threads} thread${results[0].threads === 1 ? '' : 's'}, ${results[0].layout}`,
    threads: results[0].threads,
    layout: results[0].layout,
    ms: median(results.map(({ medianMs }) => medianMs)),
    minMs: Math.min(...results.map(({ minMs }) => minMs)),
    maxMs: Math.max(...results.map(({ maxMs }) => maxMs)),
    firstMs: median(results.map(({ firstMs }) => firstMs)),
    steps: results.reduce((sum, { steps }) => sum + steps, 0),
  }));
}

function runPython(given) {
  return new Promise((done, fail) => {
    const child = spawn(PYTHON, given, { stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    let errors = '';
    child.stdout.on('data', (text) => {
      output += text;
    });
    child.stderr.on('data', (text) => {
      errors += text;
    });
    child.on('error', fail);
    child.on('close', (code) => done({ code, output, errors }));
  });
}
