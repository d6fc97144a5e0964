import { ThawError } from '../errors';
import type { Layer, LayerShape, Padding } from './graph';
import { elementCount } from './graph';
import { resolveAxis } from './window-axis';

type Pair = readonly [height: number, width: number];
type Picture = readonly [height: number, width: number, channels: number];

/**
 * The shape that a layer makes of its inputs' shapes, without the batch.
 * @throws ThawError `model-shape-mismatch` where they do not go together, `picture-size-unsupported` where
 *   the picture has become too small for a window
 */
export function outputShape(layer: Layer, inputs: readonly LayerShape[]): LayerShape {
  const [first] = inputs;
  if (first === undefined) return mismatch(layer, 'has no input');
  switch (layer.kind) {
    case 'input':
      return first;
    case 'conv2d': {
      const picture = pictureOf(layer, first);
      if (picture[2] % layer.groups !== 0 || layer.filters % layer.groups !== 0) {
        return mismatch(
          layer,
          `splits ${picture[2]} channels and ${layer.filters} filters into ${layer.groups} groups`,
        );
      }
      const [height, width] = slide(layer, picture, layer.kernelSize, layer.dilation);
      return [height, width, layer.filters];
    }
    case 'depthwiseConv2d': {
      const picture = pictureOf(layer, first);
      const [height, width] = slide(layer, picture, layer.kernelSize, layer.dilation);
      return [height, width, picture[2] * layer.depthMultiplier];
    }
    case 'maxPool':
    case 'averagePool': {
      const picture = pictureOf(layer, first);
      const [height, width] = slide(layer, picture, layer.poolSize, [1, 1]);
      return [height, width, picture[2]];
    }
    case 'globalAveragePool':
    case 'globalMaxPool': {
      const channels = pictureOf(layer, first)[2];
      return layer.keepDims ? [1, 1, channels] : [channels];
    }
    case 'zeroPadding': {
      const [height, width, channels] = pictureOf(layer, first);
      const { top, bottom, left, right } = layer.padding;
      return [height + top + bottom, width + left + right, channels];
    }
    case 'dense':
      return first.length === 1 ? [layer.units] : [first[0], first[1], layer.units];
    case 'flatten':
      return [elementCount(first)];
    case 'reshape':
      if (elementCount(layer.shape) !== elementCount(first)) {
        return mismatch(layer, `cannot make ${text(layer.shape)} of ${text(first)}`);
      }
      return layer.shape;
    case 'concatenate':
      return inputs.reduce((sum, shape) => joined(layer, sum, shape));
    case 'add':
    case 'multiply':
      return inputs.reduce((sum, shape) => broadcast(layer, sum, shape));
    case 'batchNorm':
    case 'layerNorm':
    case 'activation':
    case 'dropout':
    case 'rescaling':
      return first;
  }
}

/** @throws ThawError `model-shape-mismatch`, always */
export function mismatch(layer: Layer, what: string): never {
  throw new ThawError(
    'model-shape-mismatch',
    `The layer "${layer.name}" ${what}. The model file contradicts itself; get a fresh copy of it.`,
  );
}

export function text(shape: readonly number[]): string {
  return `[${shape.join(', ')}]`;
}

function pictureOf(layer: Layer, shape: LayerShape): Picture {
  return shape.length === 3 ? shape : mismatch(layer, `wants rows and columns, but gets ${text(shape)}`);
}

function slide(
  layer: Layer & { readonly strides: Pair; readonly padding: Padding },
  picture: Picture,
  window: Pair,
  dilation: Pair,
): Pair {
  const { padding, strides } = layer;
  const explicit = typeof padding === 'object';
  const rows = explicit ? { before: padding.top, after: padding.bottom } : padding;
  const columns = explicit ? { before: padding.left, after: padding.right } : padding;
  const height = resolveAxis(picture[0], window[0], strides[0], dilation[0], rows).output;
  const width = resolveAxis(picture[1], window[1], strides[1], dilation[1], columns).output;
  if (height >= 1 && width >= 1) return [height, width];
  throw new ThawError(
    'picture-size-unsupported',
    `The pictures are too small: at the layer "${layer.name}" only ${picture[0]}×${picture[1]} pixels are left. ` +
      'Choose a larger picture size.',
  );
}

/** Equal shapes, or one of them [c] or [1, 1, c] with the other's channels. */
function broadcast(layer: Layer, a: LayerShape, b: LayerShape): LayerShape {
  const same = a.length === b.length && a.every((size, axis) => size === b[axis]);
  if (same) return a;
  const channels = a[a.length - 1];
  if (channels === b[b.length - 1]) {
    if (elementCount(b) === channels && a.length === 3) return a;
    if (elementCount(a) === channels && b.length === 3) return b;
  }
  return mismatch(layer, `cannot bring ${text(a)} and ${text(b)} together`);
}

function joined(layer: Layer, a: LayerShape, b: LayerShape): LayerShape {
  if (a.length === 1 && b.length === 1) return [a[0] + b[0]];
  if (a.length === 3 && b.length === 3 && a[0] === b[0] && a[1] === b[1]) {
    return [a[0], a[1], a[2] + b[2]];
  }
  return mismatch(layer, `cannot join ${text(a)} and ${text(b)}`);
}
