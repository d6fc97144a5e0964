import type {
  BatchNormLayer,
  Conv2dLayer,
  DenseLayer,
  DepthwiseConv2dLayer,
  GlobalPoolLayer,
  InputLayer,
  Layer,
  LayerGraph,
  MergeLayer,
  WeightRole,
} from '../graph/graph';

/** Layers in a few words, for tests. Everything is in the backbone unless `inHead` takes it. */

export function input(channels = 3, side: number | null = 12): InputLayer {
  return {
    kind: 'input',
    name: 'input',
    type: 'InputLayer',
    inputs: [],
    weights: [],
    part: 'backbone',
    height: side,
    width: side,
    channels,
  };
}

export function conv(
  name: string,
  from: string,
  channels: number,
  filters: number,
  options: Partial<Conv2dLayer> = {},
): Conv2dLayer {
  const [kernelHeight, kernelWidth] = options.kernelSize ?? [3, 3];
  const groups = options.groups ?? 1;
  return {
    kind: 'conv2d',
    name,
    type: 'Conv2D',
    inputs: [from],
    weights: [
      {
        name: `${name}/kernel`,
        shape: [kernelHeight, kernelWidth, channels / groups, filters],
        role: 'kernel',
      },
    ],
    part: 'backbone',
    filters,
    kernelSize: [kernelHeight, kernelWidth],
    strides: [1, 1],
    padding: 'same',
    dilation: [1, 1],
    groups,
    activation: 'linear',
    ...options,
  };
}

export function depthwise(
  name: string,
  from: string,
  channels: number,
  options: Partial<DepthwiseConv2dLayer> = {},
): DepthwiseConv2dLayer {
  return {
    kind: 'depthwiseConv2d',
    name,
    type: 'DepthwiseConv2D',
    inputs: [from],
    weights: [{ name: `${name}/depthwise_kernel`, shape: [3, 3, channels, 1], role: 'kernel' }],
    part: 'backbone',
    kernelSize: [3, 3],
    strides: [1, 1],
    padding: 'same',
    dilation: [1, 1],
    depthMultiplier: 1,
    activation: 'linear',
    ...options,
  };
}

const STATISTICS = ['movingMean', 'movingVariance'] as const;
const WEIGHT_NAMES: Partial<Record<WeightRole, string>> = {
  movingMean: 'moving_mean',
  movingVariance: 'moving_variance',
};

export function batchNorm(
  name: string,
  from: string,
  channels: number,
  affine: readonly ('gamma' | 'beta')[] = ['gamma', 'beta'],
): BatchNormLayer {
  return {
    kind: 'batchNorm',
    name,
    type: 'BatchNormalization',
    inputs: [from],
    weights: [...affine, ...STATISTICS].map((role) => ({
      name: `${name}/${WEIGHT_NAMES[role] ?? role}`,
      shape: [channels],
      role,
    })),
    part: 'backbone',
    epsilon: 1e-3,
    momentum: 0.9,
  };
}

export function relu(name: string, from: string): Layer {
  return {
    kind: 'activation',
    name,
    type: 'ReLU',
    inputs: [from],
    weights: [],
    part: 'backbone',
    activation: 'relu',
  };
}

export function add(name: string, left: string, right: string): MergeLayer {
  return { kind: 'add', name, type: 'Add', inputs: [left, right], weights: [], part: 'backbone' };
}

export function pool(name: string, from: string): GlobalPoolLayer {
  return {
    kind: 'globalAveragePool',
    name,
    type: 'GlobalAveragePooling2D',
    inputs: [from],
    weights: [],
    part: 'backbone',
    keepDims: false,
  };
}

export function dense(name: string, from: string, inputs: number, units: number): DenseLayer {
  return {
    kind: 'dense',
    name,
    type: 'Dense',
    inputs: [from],
    weights: [
      { name: `${name}/kernel`, shape: [inputs, units], role: 'kernel' },
      { name: `${name}/bias`, shape: [units], role: 'bias' },
    ],
    part: 'backbone',
    units,
    activation: 'linear',
  };
}

/** A graph of the layers; those after `backboneEnd` are the head, the last one is the output. */
export function graphOf(layers: readonly Layer[], backboneEnd: string): LayerGraph {
  const end = layers.findIndex((layer) => layer.name === backboneEnd);
  return {
    name: 'tiny',
    layers: layers.map((layer, index) => ({ ...layer, part: index <= end ? 'backbone' : 'head' })),
    output: layers[layers.length - 1]!.name,
    backboneEnd,
  };
}

/** The network of the Lightning reference runs: three convolutions with BatchNorm, pool, dense. */
export function lightningTiny(): LayerGraph {
  return graphOf(
    [
      input(),
      conv('conv1', 'input', 3, 8),
      batchNorm('bn1', 'conv1', 8),
      relu('relu1', 'bn1'),
      depthwise('dw2', 'relu1', 8, { strides: [2, 2] }),
      batchNorm('bn2', 'dw2', 8),
      relu('relu2', 'bn2'),
      conv('conv3', 'relu2', 8, 16, { kernelSize: [1, 1] }),
      batchNorm('bn3', 'conv3', 16),
      relu('relu3', 'bn3'),
      pool('pool', 'relu3'),
      dense('logits', 'pool', 16, 3),
    ],
    'relu3',
  );
}
