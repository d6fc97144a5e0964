import type { BatchNormMode } from '../../../core/batch-norm';
import { FROZEN_BATCH_NORM } from '../../../core/batch-norm';
import type {
  Activation,
  Conv2dLayer,
  DenseLayer,
  DepthwiseConv2dLayer,
  InputLayer,
  Layer,
  LayerShape,
  MergeLayer,
  WeightRole,
} from '../../../core/graph/graph';
import { type ConvGeometry, resolveWindow } from '../geometry';
import { type PlanNode, positionsAndChannels, type ValueName } from './nodes';

export interface LoweringContext {
  readonly batch: number;
  /** Of the layer in the graph. */
  readonly index: number;
  /** Of a BatchNorm layer in training; null: evaluation. */
  readonly mode: BatchNormMode | null;
  readonly training: boolean;
  readonly inputs: readonly { readonly value: ValueName; readonly shape: LayerShape }[];
}

export interface LoweredLayer {
  /** Empty: the layer passes its input on as it is. */
  readonly nodes: readonly PlanNode[];
  readonly shape: LayerShape;
}

type Picture = readonly [height: number, width: number, channels: number];

export function lowerLayer(layer: Exclude<Layer, InputLayer>, context: LoweringContext): LoweredLayer {
  const { value: input, shape } = context.inputs[0]!;
  const base = { layer: layer.name, output: layer.name, input };
  switch (layer.kind) {
    case 'conv2d':
    case 'depthwiseConv2d':
    case 'dense':
      return lowerConvolution(layer, input, shape, context.batch);
    case 'batchNorm': {
      const mode = context.mode ?? FROZEN_BATCH_NORM;
      const node = { ...base, kind: 'batchNorm', batchNorm: layer, mode, residual: null } as const;
      return { nodes: [{ ...node, activation: 'linear' }], shape };
    }
    case 'layerNorm':
      return { nodes: [{ ...base, kind: 'layerNorm', layerNorm: layer }], shape };
    case 'activation':
      if (layer.activation === 'linear') return { nodes: [], shape };
      return { nodes: [{ ...base, kind: 'activation', activation: layer.activation }], shape };
    case 'add':
    case 'multiply':
      return lowerElementwise(layer, layer.kind, context);
    case 'concatenate': {
      const channels = context.inputs.map((part) => positionsAndChannels(part.shape).channels);
      const sum = channels.reduce((total, count) => total + count, 0);
      const { output, layer: name } = base;
      const parts = context.inputs.map((part) => part.value);
      return {
        nodes: [{ kind: 'concatenate', layer: name, output, parts, channels }],
        shape: shape.length === 1 ? [sum] : [shape[0], shape[1], sum],
      };
    }
    case 'maxPool':
    case 'averagePool': {
      const [, , channels] = asPicture(shape);
      const window = { ...layer, kernelSize: layer.poolSize, dilation: [1, 1] as const };
      const geometry = resolveWindow(context.batch, asPicture(shape), channels, window);
      return {
        nodes: [{ ...base, kind: layer.kind, geometry }],
        shape: [geometry.outputHeight, geometry.outputWidth, channels],
      };
    }
    case 'globalAveragePool': {
      const sizes = positionsAndChannels(shape);
      return {
        nodes: [{ ...base, kind: 'globalAverage', ...sizes }],
        shape: layer.keepDims ? [1, 1, sizes.channels] : [sizes.channels],
      };
    }
    case 'globalMaxPool': {
      const [height, width, channels] = asPicture(shape);
      const window = {
        kernelSize: [height, width],
        strides: [1, 1],
        dilation: [1, 1],
        padding: 'valid',
      } as const;
      const geometry = resolveWindow(context.batch, [height, width, channels], channels, window);
      return {
        nodes: [{ ...base, kind: 'maxPool', geometry }],
        shape: layer.keepDims ? [1, 1, channels] : [channels],
      };
    }
    case 'zeroPadding': {
      const [inputHeight, inputWidth, channels] = asPicture(shape);
      const { top, bottom, left, right } = layer.padding;
      return {
        nodes: [{ ...base, kind: 'pad', inputHeight, inputWidth, top, left }],
        shape: [inputHeight + top + bottom, inputWidth + left + right, channels],
      };
    }
    case 'dropout':
      if (!context.training || layer.rate === 0) return { nodes: [], shape };
      return { nodes: [{ ...base, kind: 'dropout', rate: layer.rate, salt: context.index }], shape };
    case 'rescaling':
      return { nodes: [{ ...base, kind: 'rescale', scale: layer.scale, offset: layer.offset }], shape };
    case 'flatten':
      return { nodes: [], shape: [shape.reduce((product, size) => product * size, 1)] };
    case 'reshape':
      return { nodes: [], shape: layer.shape };
  }
}

function lowerConvolution(
  layer: Conv2dLayer | DepthwiseConv2dLayer | DenseLayer,
  input: ValueName,
  shape: LayerShape,
  batch: number,
): LoweredLayer {
  const geometry = convolutionGeometry(layer, asPicture(shape), batch);
  const { outputHeight, outputWidth, outputChannels } = geometry;
  const linear = layer.activation === 'linear';
  const output = linear ? layer.name : `${layer.name}, before activation`;
  const nodes: PlanNode[] = [
    {
      kind: 'convolution',
      operation:
        geometry.groups === geometry.inputChannels && geometry.groups > 1 ? 'depthwiseConv2d' : 'conv2d',
      layer: layer.name,
      output,
      input,
      geometry,
      filter: weightName(layer, 'kernel')!,
      bias: weightName(layer, 'bias'),
      folded: null,
      residual: null,
      activation: 'linear',
    },
  ];
  if (!linear) nodes.push(activationNode(layer.name, output, layer.activation));
  return {
    nodes,
    shape: shape.length === 1 ? [outputChannels] : [outputHeight, outputWidth, outputChannels],
  };
}

function convolutionGeometry(
  layer: Conv2dLayer | DepthwiseConv2dLayer | DenseLayer,
  picture: Picture,
  batch: number,
): ConvGeometry {
  switch (layer.kind) {
    case 'conv2d':
      return { ...resolveWindow(batch, picture, layer.filters, layer), groups: layer.groups };
    case 'depthwiseConv2d': {
      const channels = picture[2] * layer.depthMultiplier;
      return { ...resolveWindow(batch, picture, channels, layer), groups: picture[2] };
    }
    case 'dense': {
      const pointwise = { kernelSize: [1, 1], strides: [1, 1], dilation: [1, 1], padding: 'valid' } as const;
      return { ...resolveWindow(batch, picture, layer.units, pointwise), groups: 1 };
    }
  }
}

function lowerElementwise(
  layer: MergeLayer,
  kind: 'add' | 'multiply',
  context: LoweringContext,
): LoweredLayer {
  // More than two summands become a chain; the shape is that of the largest.
  const [first, ...others] = context.inputs;
  let left = first!;
  const nodes: PlanNode[] = [];
  others.forEach((right, index) => {
    const [a, b] = size(left.shape) >= size(right.shape) ? [left, right] : [right, left];
    const last = index === others.length - 1;
    const output = last ? layer.name : `${layer.name}, first ${index + 2}`;
    const broadcast = size(a.shape) === size(b.shape) ? 'none' : 'perPicture';
    nodes.push({
      kind,
      layer: layer.name,
      output,
      a: a.value,
      b: b.value,
      broadcast,
      activation: 'linear',
    });
    left = { value: output, shape: a.shape };
  });
  return { nodes, shape: left.shape };
}

function activationNode(output: string, input: ValueName, activation: Activation): PlanNode {
  return { kind: 'activation', layer: output, output, input, activation };
}

function weightName(layer: Layer, role: WeightRole): string | null {
  return layer.weights.find((weight) => weight.role === role)?.name ?? null;
}

/** A vector is a picture of one pixel. */
function asPicture(shape: LayerShape): Picture {
  return shape.length === 1 ? [1, 1, shape[0]] : shape;
}

function size(shape: LayerShape): number {
  return shape.reduce((product, extent) => product * extent, 1);
}
