import * as tf from '@tensorflow/tfjs';
import { differentiable } from './differentiable';

/**
 * Softmax cross-entropy, each picture with its share. The maximum is taken off first, so that large logits do
 * not overflow.
 * @param logits [count, classes]
 * @param targets one-hot, the same shape
 * @param shares [count, 1], see `sharesOf`
 */
export function crossEntropy(logits: tf.Tensor2D, targets: tf.Tensor2D, shares: tf.Tensor2D): tf.Scalar {
  return differentiable(
    [logits],
    () => {
      const shifted = tf.sub(logits, tf.max(logits, 1, true));
      const logSum = tf.log(tf.sum(tf.exp(shifted), 1, true));
      const logProbability = tf.sub(shifted, logSum);
      const value = tf.neg(tf.sum(tf.mul(tf.mul(targets, logProbability), shares))) as tf.Scalar;
      return { value, saved: [logProbability, targets, shares] };
    },
    (dy, [logProbability, wanted, share]) => [
      tf.mul(tf.sub(tf.exp(logProbability!), wanted!), tf.mul(share!, dy)),
    ],
  );
}

/**
 * What each picture counts for in the batch's mean: its class's weight / their sum, as
 * torch.nn.CrossEntropyLoss(weight, reduction='mean').
 * @param classWeights undefined: all classes the same
 */
export function sharesOf(labels: Int32Array, classWeights: readonly number[] | undefined): tf.Tensor2D {
  const weights = Float64Array.from(labels, (label) => classWeights?.[label] ?? 1);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const shares = Float32Array.from(weights, (weight) => weight / total);
  return tf.tensor2d(shares, [labels.length, 1]);
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
