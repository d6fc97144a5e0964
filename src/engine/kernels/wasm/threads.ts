/** What a thread needs to serve a module's programs (see `serve` in simd/module.as.ts). */
export interface ThreadTask {
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  /** Address of the control block. */
  readonly control: number;
  /** From 1: the thread that starts programs is 0. */
  readonly thread: number;
  readonly threads: number;
}

export interface KernelThread {
  end(): void;
}

/** Starts a thread. Resolves when it is ready to serve. */
export type StartThread = (task: ThreadTask) => Promise<KernelThread>;

/** More threads gain little on what a network's small layers can share out; simd/product.as.ts has tiles for 16. */
const MOST_THREADS = 8;

/** @returns threads for this machine, the calling one included: 1 where memory cannot be shared */
export function threadCount(): number {
  const shares = globalThis.crossOriginIsolated === true && typeof SharedArrayBuffer === 'function';
  return shares ? Math.max(1, Math.min(navigator.hardwareConcurrency, MOST_THREADS)) : 1;
}

/** A web worker as a thread. */
export const startWorkerThread: StartThread = (task) => {
  const worker = new Worker(new URL('./thread-worker.ts', import.meta.url), { type: 'module' });
  return new Promise((done, fail) => {
    worker.onmessage = () => done({ end: () => worker.terminate() });
    worker.onerror = (event) => fail(new Error(event.message));
    worker.postMessage(task);
  });
};

/** What a threaded module imports. */
export function threadImports(memory: WebAssembly.Memory): WebAssembly.Imports {
  // Shared memory that has grown keeps its place, and the control block lies at its start.
  const words = new Int32Array(memory.buffer);
  const wait = (address: number, value: number) => {
    Atomics.wait(words, address / Int32Array.BYTES_PER_ELEMENT, value);
  };
  return { env: { memory, wait } };
}
