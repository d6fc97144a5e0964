import { type ThreadTask, threadImports } from './threads';

// A thread of the WASM backend: makes its own instance over the shared memory and stays inside it,
// asleep until there is a program to run, until it is terminated.
self.onmessage = ({ data }: MessageEvent<ThreadTask>) => {
  const { module, memory, control, thread, threads } = data;
  const { exports } = new WebAssembly.Instance(module, threadImports(memory));
  self.postMessage('ready');
  (exports.serve as (control: number, thread: number, threads: number) => void)(control, thread, threads);
};
