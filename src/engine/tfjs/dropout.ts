import * as tf from '@tensorflow/tfjs';
import { createRandom } from '../../core/random';

/**
 * Inverted dropout with a mask drawn in JavaScript, so that every backend drops the same values.
 * @param stream the layer's name, so that two layers of a step drop different values
 */
export function dropout(x: tf.Tensor, rate: number, seed: number, stream: string): tf.Tensor {
  if (rate <= 0) return tf.clone(x);
  if (rate >= 1) return tf.zerosLike(x);
  const random = createRandom(seed, stream);
  const kept = 1 / (1 - rate);
  const mask = Float32Array.from({ length: x.size }, () => (random() < rate ? 0 : kept));
  return tf.mul(x, tf.tensor(mask, x.shape));
}
