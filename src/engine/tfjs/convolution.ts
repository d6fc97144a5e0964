import * as tf from '@tensorflow/tfjs';
import type { Conv2dLayer, DepthwiseConv2dLayer } from '../../core/graph/graph';
import { composedConv2d, composedDepthwiseConv2d } from './composed-convolution';
import { padPictures } from './pad';

type Pair = readonly [height: number, width: number];

/** @param kernel [kh, kw, inputChannels / groups, filters] */
export function conv2d(x: tf.Tensor4D, kernel: tf.Tensor4D, layer: Conv2dLayer): tf.Tensor4D {
  const { groups } = layer;
  const filter = dilateKernel(kernel, layer.dilation);
  if (groups === 1) return windowed(x, layer, (input, pad) => convolve(input, filter, layer.strides, pad));
  const channels = x.shape[3];
  if (groups === channels) {
    // One input channel a group: filter o reads channel ⌊o / multiplier⌋, which is a depthwise convolution.
    const [height, width] = filter.shape;
    const depthwise = tf.reshape(filter, [height, width, channels, layer.filters / groups]) as tf.Tensor4D;
    return windowed(x, layer, (input, pad) => convolveDepthwise(input, depthwise, layer.strides, pad));
  }
  return windowed(x, layer, (input, pad) => {
    const filters = tf.split(filter, groups, 3);
    const parts = tf.split(input, groups, 3);
    return tf.concat(
      parts.map((part, group) =>
        convolve(part as tf.Tensor4D, filters[group]! as tf.Tensor4D, layer.strides, pad),
      ),
      3,
    );
  });
}

/** @param kernel [kh, kw, inputChannels, depthMultiplier] */
export function depthwiseConv2d(
  x: tf.Tensor4D,
  kernel: tf.Tensor4D,
  layer: DepthwiseConv2dLayer,
): tf.Tensor4D {
  const filter = dilateKernel(kernel, layer.dilation);
  return windowed(x, layer, (input, pad) => convolveDepthwise(input, filter, layer.strides, pad));
}

/** Explicit padding is put on beforehand: not every backend's gradients take it. */
function windowed(
  x: tf.Tensor4D,
  { padding }: Conv2dLayer | DepthwiseConv2dLayer,
  apply: (x: tf.Tensor4D, pad: 'same' | 'valid') => tf.Tensor4D,
): tf.Tensor4D {
  return typeof padding === 'object' ? apply(padPictures(x, padding), 'valid') : apply(x, padding);
}

function convolve(x: tf.Tensor4D, filter: tf.Tensor4D, strides: Pair, pad: 'same' | 'valid'): tf.Tensor4D {
  if (!hasKernel('Conv2DBackpropFilter')) return composedConv2d(x, filter, strides, pad);
  return tf.conv2d(x, filter, [...strides], pad);
}

function convolveDepthwise(
  x: tf.Tensor4D,
  filter: tf.Tensor4D,
  strides: Pair,
  pad: 'same' | 'valid',
): tf.Tensor4D {
  if (!hasKernel('DepthwiseConv2dNativeBackpropFilter'))
    return composedDepthwiseConv2d(x, filter, strides, pad);
  return tf.depthwiseConv2d(x, filter, [...strides], pad);
}

function hasKernel(name: string): boolean {
  return tf.getKernel(name, tf.getBackend()) !== undefined;
}

/**
 * Zeros between the taps of a kernel, so that a dilated convolution is an ordinary one: TensorFlow.js has
 * no gradient for dilation.
 */
function dilateKernel(kernel: tf.Tensor4D, [rows, columns]: Pair): tf.Tensor4D {
  if (rows === 1 && columns === 1) return kernel;
  const [height, width, inputs, outputs] = kernel.shape;
  const tall = spread(tf.reshape(kernel, [1, height, width * inputs * outputs]), rows);
  const wide = spread(tf.reshape(tall, [tall.shape[1], width, inputs * outputs]), columns);
  return tf.reshape(wide, [tall.shape[1], wide.shape[1], inputs, outputs]);
}

/** Puts `step` − 1 zeros between neighbours along the middle axis. */
function spread(x: tf.Tensor3D, step: number): tf.Tensor3D {
  const [outer, count, inner] = x.shape;
  const padded = tf.pad(tf.reshape(x, [outer * count, 1, inner]), [
    [0, 0],
    [0, step - 1],
    [0, 0],
  ]);
  return tf.slice(
    tf.reshape(padded, [outer, count * step, inner]) as tf.Tensor3D,
    [0, 0, 0],
    [outer, (count - 1) * step + 1, inner],
  );
}
