import { readFileSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { Worker } from 'node:worker_threads';
import type { KernelBackend } from '../../step-plan/backend';
import type { StartThread } from '../wasm/threads';
import { createWasmBackend } from '../wasm/wasm-backend';

/** wasm/thread-worker.ts for Node, whose workers cannot read TypeScript. */
const THREAD = `
const { parentPort, workerData } = require('node:worker_threads');
const { module, memory, control, thread, threads } = workerData;
const words = new Int32Array(memory.buffer);
const wait = (address, value) => void Atomics.wait(words, address / 4, value);
const { exports } = new WebAssembly.Instance(module, { env: { memory, wait } });
parentPort.postMessage('ready');
exports.serve(control, thread, threads);
`;

const startNodeThread: StartThread = (task) => {
  const worker = new Worker(THREAD, { eval: true, workerData: task });
  return new Promise((done, fail) => {
    worker.once('message', () => done({ end: () => void worker.terminate() }));
    worker.once('error', fail);
  });
};

/** `relaxed`: with fused multiply-add, what most browsers run. */
export type KernelInstructions = 'plain' | 'relaxed';

/** The WASM backend in Node, with kernels that `npm run kernels` has built. */
export function createNodeWasmBackend(
  threads = 1,
  instructions: KernelInstructions = 'plain',
): Promise<KernelBackend> {
  // Node 20 has relaxed SIMD behind a flag.
  if (instructions === 'relaxed') setFlagsFromString('--experimental-wasm-relaxed-simd');
  const prefix = instructions === 'relaxed' ? 'relaxed-' : '';
  const file = threads === 1 ? 'simd.wasm' : 'simd-threads.wasm';
  return createWasmBackend({
    bytes: new Uint8Array(readFileSync(`build/kernels/${prefix}${file}`)),
    threads,
    startThread: startNodeThread,
  });
}
