import type { Activation, Layer, Network, WeightSpec } from '../../core/graph/graph';
import { elementCount } from '../../core/graph/graph';
import { createRandom, normalValues } from '../../core/random';

const CLASSES = 4;
const SIDE = 24;
const CHANNELS = 32;
const EXPANDED = 96;

export const PROBE_SHAPE = [8, SIDE, SIDE, 3] as const;

/** Two inverted residuals and a head: what the networks of the field are made of, small enough to measure with. */
export function probeNetwork(): Network {
  const layers: Layer[] = [];
  const weights = new Map<string, Float32Array>();
  const random = createRandom(0);
  const last = () => layers.at(-1)!.name;
  const common = (name: string, type: string, specs: readonly WeightSpec[] = []) => {
    for (const spec of specs) weights.set(spec.name, initial(spec));
    return { name, type, inputs: [last()], weights: specs, part: 'backbone' as const };
  };
  const initial = ({ role, shape }: WeightSpec): Float32Array => {
    const count = elementCount(shape);
    if (role === 'gamma' || role === 'movingVariance') return new Float32Array(count).fill(1);
    return role === 'kernel' ? normalValues(count, 0, 0.05, random) : new Float32Array(count);
  };
  const batchNorm = (channels: number, activation: Activation | null) => {
    const name = `${last()}_bn`;
    const roles = ['gamma', 'beta', 'movingMean', 'movingVariance'] as const;
    const specs = roles.map((role) => ({ name: `${name}/${role}`, role, shape: [channels] }));
    const own = { kind: 'batchNorm' as const, momentum: 0.99, epsilon: 1e-3 };
    layers.push({ ...common(name, 'BatchNormalization', specs), ...own });
    if (activation === null) return;
    layers.push({ ...common(`${name}_act`, 'ReLU'), kind: 'activation', activation });
  };
  const convolution = (name: string, from: number, to: number, size: number) => {
    const kernel = { name: `${name}/kernel`, role: 'kernel' as const, shape: [size, size, from, to] };
    layers.push({
      ...common(name, 'Conv2D', [kernel]),
      kind: 'conv2d',
      filters: to,
      kernelSize: [size, size],
      strides: [1, 1],
      dilation: [1, 1],
      padding: 'same',
      groups: 1,
      activation: 'linear',
    });
  };
  const depthwise = (name: string, channels: number) => {
    const kernel = { name: `${name}/kernel`, role: 'kernel' as const, shape: [3, 3, channels, 1] };
    layers.push({
      ...common(name, 'DepthwiseConv2D', [kernel]),
      kind: 'depthwiseConv2d',
      depthMultiplier: 1,
      kernelSize: [3, 3],
      strides: [1, 1],
      dilation: [1, 1],
      padding: 'same',
      activation: 'linear',
    });
  };

  const bare = { inputs: [], weights: [], part: 'backbone' as const };
  const input = { kind: 'input' as const, height: SIDE, width: SIDE, channels: 3 };
  layers.push({ name: 'input', type: 'InputLayer', ...bare, ...input });
  convolution('stem', 3, CHANNELS, 3);
  batchNorm(CHANNELS, 'relu6');
  for (const block of ['a', 'b']) {
    const before = last();
    convolution(`${block}_expand`, CHANNELS, EXPANDED, 1);
    batchNorm(EXPANDED, 'relu6');
    depthwise(`${block}_depthwise`, EXPANDED);
    batchNorm(EXPANDED, 'relu6');
    convolution(`${block}_project`, EXPANDED, CHANNELS, 1);
    batchNorm(CHANNELS, null);
    layers.push({ ...common(`${block}_sum`, 'Add'), kind: 'add', inputs: [last(), before] });
  }
  const backboneEnd = last();
  layers.push({ ...common('pool', 'GlobalAveragePooling2D'), kind: 'globalAveragePool', keepDims: false });
  const dense = [
    { name: 'logits/kernel', role: 'kernel' as const, shape: [CHANNELS, CLASSES] },
    { name: 'logits/bias', role: 'bias' as const, shape: [CLASSES] },
  ];
  layers.push({
    ...common('logits', 'Dense', dense),
    part: 'head',
    kind: 'dense',
    units: CLASSES,
    activation: 'linear',
  });
  return { graph: { name: 'probe', layers, output: 'logits', backboneEnd }, weights };
}
