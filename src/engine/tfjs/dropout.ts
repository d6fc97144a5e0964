import * as tf from '@tensorflow/tfjs';
import { dropoutKeeps } from '../kernels/dropout/mask';
import { dropoutSeed } from '../step-plan/step-scalars';

/**
 * Inverted dropout with the kernels' own mask, so that every executor drops the same values.
 * @param stepSeed of the step
 * @param salt the layer's place in the graph
 */
export function dropout(x: tf.Tensor, rate: number, stepSeed: number, salt: number): tf.Tensor {
  if (rate <= 0) return tf.clone(x);
  if (rate >= 1) return tf.zerosLike(x);
  const seed = dropoutSeed(stepSeed);
  const kept = 1 / (1 - rate);
  const mask = Float32Array.from({ length: x.size }, (_, i) =>
    dropoutKeeps(seed, salt, i, rate) ? kept : 0,
  );
  return tf.mul(x, tf.tensor(mask, x.shape));
}
