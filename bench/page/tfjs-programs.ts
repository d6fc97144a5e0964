import * as tf from '@tensorflow/tfjs';

interface Shaped {
  readonly shape: readonly number[];
}

interface WebGpuInternals {
  recordAndSubmit(program: unknown, output: Shaped, inputs: readonly Shaped[], ...rest: unknown[]): void;
}

const BYTES = 4;

export interface ProgramCount {
  reset(): void;
  dispatches(): number;
  /** Of every tensor that a program reads or writes, summed over the programs. */
  bytes(): number;
}

/** Counts what the WebGPU backend of TensorFlow.js dispatches, at the one place all its programs pass. */
export function watchWebGpuPrograms(): ProgramCount {
  const backend = tf.backend() as unknown as WebGpuInternals;
  const original = backend.recordAndSubmit.bind(backend);
  let dispatches = 0;
  let elements = 0;
  backend.recordAndSubmit = (program, output, inputs, ...rest) => {
    dispatches += 1;
    for (const { shape } of [output, ...inputs]) elements += tf.util.sizeFromShape([...shape]);
    original(program, output, inputs, ...rest);
  };
  return {
    reset: () => {
      dispatches = 0;
      elements = 0;
    },
    dispatches: () => dispatches,
    bytes: () => elements * BYTES,
  };
}
