import * as tf from '@tensorflow/tfjs';
import { channelMean } from './channel-mean';
import { differentiable } from './differentiable';

/** Statistics of a batch, [channels] each. */
export interface BatchStatistics {
  readonly mean: tf.Tensor1D;
  /** Biased: what the layer normalises with. */
  readonly variance: tf.Tensor1D;
  /** Values behind each mean: pictures × height × width. */
  readonly count: number;
}

export function batchStatistics(x: tf.Tensor): BatchStatistics {
  const mean = channelMean(x);
  const variance = channelMean(tf.square(tf.sub(x, mean)));
  return { mean, variance, count: x.size / x.shape.at(-1)! };
}

/**
 * (x − mean) / √(variance + ε) · gamma + beta with the batch's own statistics, through which the gradient
 * flows too. Ioffe and Szegedy 2015, section 3; as one operation, because TensorFlow.js's gradient is a
 * chain of some thirty small ones.
 *
 * @param gamma [channels]; all ones where the layer has none, likewise `beta` all zeros
 */
export function normalizeByBatch(
  x: tf.Tensor,
  gamma: tf.Tensor,
  beta: tf.Tensor,
  statistics: BatchStatistics,
  epsilon: number,
): tf.Tensor {
  const { mean, variance, count } = statistics;
  return differentiable(
    [x, gamma, beta],
    () => {
      const inverse = tf.rsqrt(tf.add(variance, epsilon));
      const value = tf.add(tf.mul(tf.sub(x, mean), tf.mul(inverse, gamma)), beta);
      return { value, saved: [x, gamma, mean, inverse] };
    },
    (dy, [input, scale, centre, inverse]) => {
      const normalized = tf.mul(tf.sub(input!, centre!), inverse!);
      const meanGradient = channelMean(dy);
      const meanProduct = channelMean(tf.mul(dy, normalized));
      const centred = tf.sub(tf.sub(dy, meanGradient), tf.mul(normalized, meanProduct));
      return [
        tf.mul(centred, tf.mul(scale!, inverse!)),
        tf.mul(meanProduct, count),
        tf.mul(meanGradient, count),
      ];
    },
  );
}

/** The same with fixed statistics; the gradient flows to x, gamma and beta alone. */
export function normalizeByRunning(
  x: tf.Tensor,
  gamma: tf.Tensor,
  beta: tf.Tensor,
  mean: tf.Tensor,
  variance: tf.Tensor,
  epsilon: number,
): tf.Tensor {
  return differentiable(
    [x, gamma, beta],
    () => {
      const inverse = tf.rsqrt(tf.add(variance, epsilon));
      const scale = tf.mul(inverse, gamma);
      const value = tf.add(tf.mul(x, scale), tf.sub(beta, tf.mul(mean, scale)));
      return { value, saved: [x, gamma, mean, inverse] };
    },
    (dy, [input, scale, centre, inverse]) => {
      const count = dy.size / dy.shape.at(-1)!;
      const normalized = tf.mul(tf.sub(input!, centre!), inverse!);
      return [
        tf.mul(dy, tf.mul(scale!, inverse!)),
        tf.mul(channelMean(tf.mul(dy, normalized)), count),
        tf.mul(channelMean(dy), count),
      ];
    },
  );
}

/**
 * Running statistics after a batch. As in PyTorch the running variance takes the unbiased batch variance.
 * @param momentum Keras's: the share of the old value that is kept
 */
export function movedStatistics(
  running: { readonly mean: tf.Tensor; readonly variance: tf.Tensor },
  batch: BatchStatistics,
  momentum: number,
): { readonly mean: tf.Tensor; readonly variance: tf.Tensor } {
  const unbiased = batch.count / Math.max(1, batch.count - 1);
  return {
    mean: tf.add(tf.mul(running.mean, momentum), tf.mul(batch.mean, 1 - momentum)),
    variance: tf.add(tf.mul(running.variance, momentum), tf.mul(batch.variance, (1 - momentum) * unbiased)),
  };
}
