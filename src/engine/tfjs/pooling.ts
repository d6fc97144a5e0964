import * as tf from '@tensorflow/tfjs';
import type { PoolLayer } from '../../core/graph/graph';
import { padPictures } from './pad';
import { explicitPadding, isZero } from './window-padding';

/** Below every activation; −∞ itself would make NaN of gradients that multiply by zero. */
const LOWEST = -3.4e38;

/** Padding is put on beforehand, so that all backends and gradients see a `valid` window. */
export function pool(x: tf.Tensor4D, layer: PoolLayer): tf.Tensor4D {
  const size: [number, number] = [...layer.poolSize];
  const strides: [number, number] = [...layer.strides];
  const padding = explicitPadding([x.shape[1], x.shape[2]], size, strides, layer.padding);
  if (layer.kind === 'maxPool') return tf.maxPool(padPictures(x, padding, LOWEST), size, strides, 'valid');

  const mean = tf.avgPool(padPictures(x, padding), size, strides, 'valid');
  if (isZero(padding)) return mean;
  // Padded pixels do not count. TensorFlow.js leaves them out of the value, but not of its gradient.
  const [, height, width] = x.shape;
  const share = tf.avgPool(padPictures(tf.ones([1, height, width, 1]), padding), size, strides, 'valid');
  return tf.div(mean, share);
}

export function globalPool(
  x: tf.Tensor4D,
  kind: 'globalAveragePool' | 'globalMaxPool',
  keepDims: boolean,
): tf.Tensor {
  return kind === 'globalAveragePool' ? tf.mean(x, [1, 2], keepDims) : tf.max(x, [1, 2], keepDims);
}
