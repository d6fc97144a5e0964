import * as tf from '@tensorflow/tfjs';
import type { ExplicitPadding } from '../../core/graph/graph';
import { isZero } from './window-padding';

/** A frame of `value` around each picture. */
export function padPictures(x: tf.Tensor4D, padding: ExplicitPadding, value = 0): tf.Tensor4D {
  if (isZero(padding)) return x;
  const { top, bottom, left, right } = padding;
  return tf.pad(
    x,
    [
      [0, 0],
      [top, bottom],
      [left, right],
      [0, 0],
    ],
    value,
  );
}
