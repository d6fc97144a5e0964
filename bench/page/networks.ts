import type { ActivationLayer, BatchNormLayer, Layer, Network, WeightSpec } from '../../src/core/graph/graph';
import { elementCount } from '../../src/core/graph/graph';
import { cutAtBackboneEnd, withNewHead } from '../../src/core/graph/graph-edit';
import { createRandom, normalValues } from '../../src/core/random';
import type { Batch } from '../../src/engine/executor';
import { readLayersModelFromUrl } from '../../src/engine/readers/layers-model';
import type { NetworkName, Work } from './peer';

export const CLASSES = 4;
const BACKBONE = 'backbones/efficientnet-lite0/model.json';

/** Filters (at width 1) and stride of MobileNetV1's blocks (Howard et al. 2017, table 1). */
const BLOCKS: readonly (readonly [filters: number, stride: number])[] = [
  [64, 1],
  [128, 2],
  [128, 1],
  [256, 2],
  [256, 1],
  [512, 2],
  ...Array.from({ length: 5 }, () => [512, 1] as const),
  [1024, 2],
  [1024, 1],
];

export async function benchNetwork(name: NetworkName, siteUrl: string): Promise<Network> {
  if (name === 'mobilenet-v1-0.25') return withNewHead(mobilenetV1Quarter(), CLASSES, 0);
  const network = await readLayersModelFromUrl(new URL(BACKBONE, siteUrl).href);
  return withNewHead(cutAtBackboneEnd(network, network.graph.output), CLASSES, 0);
}

export function benchBatch({ pictureSize, batchSize, mode }: Work): Batch {
  const shape = [batchSize, pictureSize, pictureSize, 3] as const;
  const images = normalValues(elementCount(shape), 0, 1, createRandom(1));
  const labels = Int32Array.from({ length: batchSize }, (_, place) => place % CLASSES);
  if (mode !== 'cached-features') return { images, shape, labels };
  return { images, shape, labels, pictureIds: Array.from(labels, (_, place) => `picture ${place}`) };
}

/** MobileNetV1 at width 0.25 with random weights, which are as fast as any. */
function mobilenetV1Quarter(): Network {
  const layers: Layer[] = [
    { ...base('input', 'InputLayer', []), kind: 'input', height: null, width: null, channels: 3 },
  ];
  const convolution = (name: string, channels: number, filters: number, size: number, stride: number) => {
    const weights = [kernel(`${name}/kernel`, size, size, channels, filters)];
    const inputs = [layers.at(-1)!.name];
    const options = { kind: 'conv2d', filters, groups: 1, ...windowOf(size, stride) } as const;
    layers.push({ ...base(name, 'Conv2D', inputs, weights), ...options }, ...normRelu(name, filters));
  };
  const depthwise = (name: string, channels: number, stride: number) => {
    const weights = [kernel(`${name}/depthwise_kernel`, 3, 3, channels, 1)];
    const inputs = [layers.at(-1)!.name];
    const options = { kind: 'depthwiseConv2d', depthMultiplier: 1, ...windowOf(3, stride) } as const;
    layers.push(
      { ...base(name, 'DepthwiseConv2D', inputs, weights), ...options },
      ...normRelu(name, channels),
    );
  };
  convolution('conv1', 3, 8, 3, 2);
  let channels = 8;
  for (const [index, [wide, stride]] of BLOCKS.entries()) {
    const filters = wide / 4;
    depthwise(`dw${index + 1}`, channels, stride);
    convolution(`pw${index + 1}`, channels, filters, 1, 1);
    channels = filters;
  }
  const output = layers.at(-1)!.name;
  const graph = { name: 'mobilenet-v1-0.25', layers, output, backboneEnd: output };
  return { graph, weights: new Map(layers.flatMap((layer) => layer.weights.map(initial))) };
}

function base(name: string, type: string, inputs: readonly string[], weights: readonly WeightSpec[] = []) {
  return { name, type, inputs, weights, part: 'backbone' } as const;
}

function windowOf(size: number, stride: number) {
  const kernelSize = [size, size] as const;
  const strides = [stride, stride] as const;
  return { kernelSize, strides, padding: 'same', dilation: [1, 1], activation: 'linear' } as const;
}

function kernel(name: string, ...shape: number[]): WeightSpec {
  return { name, shape, role: 'kernel' };
}

function normRelu(name: string, channels: number): [BatchNormLayer, ActivationLayer] {
  const norm = `${name}_bn`;
  const roles = {
    gamma: 'gamma',
    beta: 'beta',
    moving_mean: 'movingMean',
    moving_variance: 'movingVariance',
  } as const;
  const weights = Object.entries(roles).map(([suffix, role]) => {
    return { name: `${norm}/${suffix}`, shape: [channels], role };
  });
  return [
    {
      ...base(norm, 'BatchNormalization', [name], weights),
      kind: 'batchNorm',
      epsilon: 1e-3,
      momentum: 0.99,
    },
    { ...base(`${name}_relu`, 'ReLU', [norm]), kind: 'activation', activation: 'relu6' },
  ];
}

/** He's initial values for kernels, the identity for BatchNorm. */
function initial({ name, shape, role }: WeightSpec): readonly [string, Float32Array] {
  const count = elementCount(shape);
  if (role !== 'kernel') {
    return [name, new Float32Array(count).fill(role === 'gamma' || role === 'movingVariance' ? 1 : 0)];
  }
  const fanIn = name.endsWith('/depthwise_kernel') ? 9 : count / shape.at(-1)!;
  return [name, normalValues(count, 0, Math.sqrt(2 / fanIn), createRandom(0, name))];
}
