import * as tf from '@tensorflow/tfjs';

/** Kernels that only rename memory and give the device nothing to do. */
const FREE_KERNELS = new Set(['Identity', 'Reshape']);

type RunKernel = ReturnType<typeof tf.engine>['runKernel'];

/**
 * Counts the kernels that `run` calls. TensorFlow.js has no cheap counter (its profiler waits for every
 * kernel), so the engine's one entrance is watched for the while.
 */
export function countKernels<Result>(run: () => Result): {
  readonly result: Result;
  readonly kernels: number;
} {
  const engine = tf.engine();
  const original: RunKernel = engine.runKernel;
  let kernels = 0;
  engine.runKernel = <Output extends tf.Tensor | tf.Tensor[]>(...call: Parameters<RunKernel>): Output => {
    if (!FREE_KERNELS.has(call[0])) kernels += 1;
    return original.apply(engine, call) as Output;
  };
  try {
    return { result: run(), kernels };
  } finally {
    engine.runKernel = original;
  }
}
