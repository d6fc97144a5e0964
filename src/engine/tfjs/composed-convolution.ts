import * as tf from '@tensorflow/tfjs';
import type { ExplicitPadding } from '../../core/graph/graph';
import { channelSum } from './channel-mean';
import { differentiable } from './differentiable';
import { padPictures } from './pad';
import { explicitPadding } from './window-padding';

/**
 * Convolutions whose gradients are put together from forward operations, for backends without the gradient
 * kernels (WASM has no Conv2DBackpropFilter and no depthwise gradients, and its Conv2DBackpropInput is a
 * naive loop).
 */

type Pair = readonly [height: number, width: number];

/** @param filter [kh, kw, inputChannels, filters] */
export function composedConv2d(
  x: tf.Tensor4D,
  filter: tf.Tensor4D,
  strides: Pair,
  pad: 'same' | 'valid',
): tf.Tensor4D {
  return differentiable(
    [x, filter],
    () => ({ value: tf.conv2d(x, filter, [...strides], pad), saved: [x, filter] }),
    (dy, saved) => {
      const [input, kernel] = saved as [tf.Tensor4D, tf.Tensor4D];
      const window = windowOf(input, kernel, strides, pad);
      const turned = tf.transpose(tf.reverse(kernel, [0, 1]), [0, 1, 3, 2]);
      const dx = tf.conv2d(alignGradient(dy, window), turned, 1, 'valid');
      return [dx, filterGradient(input, dy, kernel, window)];
    },
  );
}

/** @param filter [kh, kw, inputChannels, multiplier] */
export function composedDepthwiseConv2d(
  x: tf.Tensor4D,
  filter: tf.Tensor4D,
  strides: Pair,
  pad: 'same' | 'valid',
): tf.Tensor4D {
  return differentiable(
    [x, filter],
    () => ({ value: tf.depthwiseConv2d(x, filter, [...strides], pad), saved: [x, filter] }),
    (dy, saved) => {
      const [input, kernel] = saved as [tf.Tensor4D, tf.Tensor4D];
      const window = windowOf(input, kernel, strides, pad);
      return [depthwiseInputGradient(dy, kernel, window), depthwiseFilterGradient(input, dy, kernel, window)];
    },
  );
}

interface Window {
  readonly input: Pair;
  readonly kernel: Pair;
  readonly strides: Pair;
  readonly padding: ExplicitPadding;
}

function windowOf(x: tf.Tensor4D, kernel: tf.Tensor4D, strides: Pair, pad: 'same' | 'valid'): Window {
  const input: Pair = [x.shape[1], x.shape[2]];
  const size: Pair = [kernel.shape[0], kernel.shape[1]];
  return { input, kernel: size, strides, padding: explicitPadding(input, size, strides, pad) };
}

/**
 * The output's gradient with zeros between its pixels (stride) and around them, so that a plain convolution
 * with the turned kernel gives the input's gradient.
 */
function alignGradient(dy: tf.Tensor4D, { input, kernel, strides, padding }: Window): tf.Tensor4D {
  const spread = spreadPixels(dy, strides);
  const top = kernel[0] - 1 - padding.top;
  const left = kernel[1] - 1 - padding.left;
  return padPictures(spread, {
    top,
    left,
    bottom: input[0] + kernel[0] - 1 - top - spread.shape[1],
    right: input[1] + kernel[1] - 1 - left - spread.shape[2],
  });
}

function spreadPixels(x: tf.Tensor4D, [rows, columns]: Pair): tf.Tensor4D {
  if (rows === 1 && columns === 1) return x;
  const [count, height, width, channels] = x.shape;
  const wide = tf.pad(tf.reshape(x, [count * height, width, channels]) as tf.Tensor3D, [
    [0, 0],
    [0, 0],
    [0, (columns - 1) * channels],
  ]);
  const tall = tf.pad(tf.reshape(wide, [count, height, width * columns * channels]) as tf.Tensor3D, [
    [0, 0],
    [0, 0],
    [0, (rows - 1) * width * columns * channels],
  ]);
  const all = tf.reshape(tall, [count, height * rows, width * columns, channels]) as tf.Tensor4D;
  return tf.slice(all, [0, 0, 0, 0], [count, (height - 1) * rows + 1, (width - 1) * columns + 1, channels]);
}

/** The pixels that tap (row, column) of the kernel met, one for each output pixel. */
function tapInput(
  padded: tf.Tensor4D,
  row: number,
  column: number,
  dy: tf.Tensor4D,
  strides: Pair,
): tf.Tensor4D {
  const [count, , , channels] = padded.shape;
  const height = (dy.shape[1] - 1) * strides[0] + 1;
  const width = (dy.shape[2] - 1) * strides[1] + 1;
  if (strides[0] === 1 && strides[1] === 1) {
    if (padded.shape[1] === height && padded.shape[2] === width) return padded;
    return tf.slice(padded, [0, row, column, 0], [count, height, width, channels]);
  }
  const end = [count, row + height, column + width, channels];
  return tf.stridedSlice(padded, [0, row, column, 0], end, [1, strides[0], strides[1], 1]) as tf.Tensor4D;
}

function filterGradient(x: tf.Tensor4D, dy: tf.Tensor4D, kernel: tf.Tensor4D, window: Window): tf.Tensor4D {
  const [height, width, inputs, outputs] = kernel.shape;
  const padded = padPictures(x, window.padding);
  const gradient = tf.reshape(dy, [dy.size / outputs, outputs]) as tf.Tensor2D;
  const taps = eachTap(height, width, (row, column) => {
    const pixels = tf.reshape(tapInput(padded, row, column, dy, window.strides), [-1, inputs]);
    // Transposed beforehand: this backend's product of a transposed operand is a naive loop.
    return tf.reshape(tf.matMul(tf.transpose(pixels), gradient), [1, inputs, outputs]);
  });
  return tf.reshape(tf.concat(taps, 0), [height, width, inputs, outputs]);
}

function depthwiseInputGradient(dy: tf.Tensor4D, kernel: tf.Tensor4D, window: Window): tf.Tensor4D {
  const [height, width, channels, multiplier] = kernel.shape;
  const turned = tf.reshape(tf.reverse(kernel, [0, 1]), [
    height,
    width,
    channels * multiplier,
    1,
  ]) as tf.Tensor4D;
  const dx = tf.depthwiseConv2d(alignGradient(dy, window), turned, 1, 'valid');
  if (multiplier === 1) return dx;
  const [count, rows, columns] = dx.shape;
  const summed = tf.sum(tf.reshape(dx, [count * rows * columns * channels, multiplier]), 1);
  return tf.reshape(summed, [count, rows, columns, channels]);
}

function depthwiseFilterGradient(
  x: tf.Tensor4D,
  dy: tf.Tensor4D,
  kernel: tf.Tensor4D,
  window: Window,
): tf.Tensor4D {
  const [height, width, channels, multiplier] = kernel.shape;
  const padded = padPictures(x, window.padding);
  const gradient = tf.reshape(dy, [dy.size / (channels * multiplier), channels, multiplier]);
  const taps = eachTap(height, width, (row, column) => {
    const pixels = tf.reshape(tapInput(padded, row, column, dy, window.strides), [-1, channels, 1]);
    const products = tf.reshape(tf.mul(pixels, gradient), [-1, channels * multiplier]);
    return tf.reshape(channelSum(products), [1, channels, multiplier]);
  });
  return tf.reshape(tf.concat(taps, 0), [height, width, channels, multiplier]);
}

/** Row by row, each in a tidy of its own, so that no more than one tap's pixels are held. */
function eachTap<Value extends tf.Tensor>(
  height: number,
  width: number,
  make: (row: number, column: number) => Value,
): Value[] {
  return Array.from({ length: height * width }, (_, tap) =>
    tf.tidy(() => make(Math.floor(tap / width), tap % width)),
  );
}
