import * as tf from '@tensorflow/tfjs';
import { differentiable } from './differentiable';

/**
 * Mean softmax cross-entropy. The maximum is taken off first, so that large logits do not overflow.
 * @param logits [count, classes]
 * @param targets one-hot, the same shape
 */
export function crossEntropy(logits: tf.Tensor2D, targets: tf.Tensor2D): tf.Scalar {
  return differentiable(
    [logits],
    () => {
      const shifted = tf.sub(logits, tf.max(logits, 1, true));
      const logSum = tf.log(tf.sum(tf.exp(shifted), 1, true));
      const logProbability = tf.sub(shifted, logSum);
      const value = tf.neg(tf.mean(tf.sum(tf.mul(targets, logProbability), 1))) as tf.Scalar;
      return { value, saved: [logProbability, targets] };
    },
    (dy, [logProbability, wanted]) => [
      tf.mul(tf.sub(tf.exp(logProbability!), wanted!), tf.div(dy, wanted!.shape[0]!)),
    ],
  );
}

export function oneHot(labels: Int32Array, classes: number): tf.Tensor2D {
  const values = new Float32Array(labels.length * classes);
  labels.forEach((label, row) => {
    values[row * classes + label] = 1;
  });
  return tf.tensor2d(values, [labels.length, classes]);
}

/** How many rows have their largest logit where the target is. */
export function countCorrect(logits: tf.Tensor2D, targets: tf.Tensor2D): tf.Scalar {
  const right = tf.equal(tf.argMax(logits, 1), tf.argMax(targets, 1));
  return tf.sum(tf.cast(right, 'float32')) as tf.Scalar;
}
