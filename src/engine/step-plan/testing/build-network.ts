import type {
  Layer,
  LayerGraph,
  LayerShape,
  Network,
  Padding,
  WeightRole,
  WeightSpec,
} from '../../../core/graph/graph';
import { elementCount } from '../../../core/graph/graph';
import { outputShape } from '../../../core/graph/layer-shapes';
import { createRandom, normalValues } from '../../../core/random';

/** What a layer is, without what can be worked out: inputs default to the layer before. */
type Described<L> = L extends Layer ? Omit<L, 'name' | 'type' | 'inputs' | 'weights' | 'part'> : never;
export type LayerDescription = Described<Exclude<Layer, { kind: 'input' }>> & {
  readonly name: string;
  readonly from?: readonly string[];
  readonly bias?: 'with' | 'without';
};

/** A network with random weights from a list of layers, for tests. */
export function buildNetwork(
  picture: readonly [height: number, width: number, channels: number],
  descriptions: readonly LayerDescription[],
  seed = 1,
): Network {
  const random = createRandom(seed);
  const [height, width, channels] = picture;
  const layers: Layer[] = [
    {
      kind: 'input',
      name: 'input',
      type: 'InputLayer',
      inputs: [],
      weights: [],
      part: 'backbone',
      height,
      width,
      channels,
    },
  ];
  const shapes = new Map<string, LayerShape>([['input', picture]]);
  const values = new Map<string, Float32Array>();
  for (const { name, from, bias = 'with', ...description } of descriptions) {
    const inputs = from ?? [layers.at(-1)!.name];
    const given = inputs.map((input) => shapes.get(input)!);
    const bare = {
      ...description,
      name,
      type: description.kind,
      inputs,
      weights: [],
      part: 'backbone',
    } as Layer;
    const weights = weightsOf(bare, given[0]!.at(-1)!, bias);
    const layer = { ...bare, weights } as Layer;
    for (const weight of weights) {
      const count = elementCount(weight.shape);
      const fan = Math.max(1, count / weight.shape.at(-1)!);
      const drawn = normalValues(count, 0, weight.role === 'kernel' ? 1 / Math.sqrt(fan) : 0.2, random);
      const positive = weight.role === 'gamma' || weight.role === 'movingVariance';
      values.set(weight.name, positive ? drawn.map((value) => 0.6 + Math.abs(value)) : drawn);
    }
    layers.push(layer);
    shapes.set(name, outputShape(layer, given));
  }
  const output = layers.at(-1)!.name;
  const graph: LayerGraph = { name: 'built', layers, output, backboneEnd: layers.at(-2)!.name };
  return { graph, weights: values };
}

function weightsOf(layer: Layer, channels: number, bias: 'with' | 'without'): readonly WeightSpec[] {
  const weight = (role: WeightRole, ...shape: number[]): WeightSpec => ({
    name: `${layer.name}/${role}`,
    shape,
    role,
  });
  switch (layer.kind) {
    case 'conv2d':
      return [
        weight('kernel', ...layer.kernelSize, channels / layer.groups, layer.filters),
        ...(bias === 'with' ? [weight('bias', layer.filters)] : []),
      ];
    case 'depthwiseConv2d':
      return [
        weight('kernel', ...layer.kernelSize, channels, layer.depthMultiplier),
        ...(bias === 'with' ? [weight('bias', channels * layer.depthMultiplier)] : []),
      ];
    case 'dense':
      return [
        weight('kernel', channels, layer.units),
        ...(bias === 'with' ? [weight('bias', layer.units)] : []),
      ];
    case 'batchNorm':
      return (['gamma', 'beta', 'movingMean', 'movingVariance'] as const).map((role) =>
        weight(role, channels),
      );
    case 'layerNorm':
      return [weight('gamma', channels), weight('beta', channels)];
    default:
      return [];
  }
}

type Extra = Partial<Record<string, unknown>>;

/** Layer descriptions in a few words. */
export const layer = {
  conv: (name: string, filters: number, size: number, more: Extra = {}) =>
    ({
      kind: 'conv2d',
      name,
      filters,
      kernelSize: [size, size],
      strides: [1, 1],
      padding: 'same',
      dilation: [1, 1],
      groups: 1,
      activation: 'linear',
      bias: 'without',
      ...more,
    }) as LayerDescription,
  depthwise: (name: string, size: number, more: Extra = {}) =>
    ({
      kind: 'depthwiseConv2d',
      name,
      kernelSize: [size, size],
      strides: [1, 1],
      padding: 'same',
      dilation: [1, 1],
      depthMultiplier: 1,
      activation: 'linear',
      bias: 'without',
      ...more,
    }) as LayerDescription,
  batchNorm: (name: string, more: Extra = {}) =>
    ({ kind: 'batchNorm', name, epsilon: 1e-3, momentum: 0.9, ...more }) as LayerDescription,
  activation: (name: string, activation: string, more: Extra = {}) =>
    ({ kind: 'activation', name, activation, ...more }) as LayerDescription,
  dense: (name: string, units: number, more: Extra = {}) =>
    ({ kind: 'dense', name, units, activation: 'linear', ...more }) as LayerDescription,
  merge: (kind: 'add' | 'multiply' | 'concatenate', name: string, ...from: string[]) =>
    ({ kind, name, from }) as LayerDescription,
  pool: (
    kind: 'maxPool' | 'averagePool',
    name: string,
    size: number,
    stride: number,
    padding: Padding,
    more: Extra = {},
  ) =>
    ({ kind, name, poolSize: [size, size], strides: [stride, stride], padding, ...more }) as LayerDescription,
  globalAverage: (name: string, more: Extra = {}) =>
    ({ kind: 'globalAveragePool', name, keepDims: false, ...more }) as LayerDescription,
};
