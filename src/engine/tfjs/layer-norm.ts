import * as tf from '@tensorflow/tfjs';

/** (x − mean) / √(variance + ε) over the channels of each pixel; scaled and shifted by the caller. */
export function normalizeChannels(x: tf.Tensor, epsilon: number): tf.Tensor {
  const centred = tf.sub(x, tf.mean(x, -1, true));
  const variance = tf.mean(tf.square(centred), -1, true);
  return tf.mul(centred, tf.rsqrt(tf.add(variance, epsilon)));
}
