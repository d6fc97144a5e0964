import type { Layer, LayerShape, WeightRole } from './graph';
import { mismatch, text } from './layer-shapes';

interface Expected {
  readonly shape: readonly number[];
  readonly need: 'required' | 'optional';
}

/**
 * Holds every weight of a layer against what its attributes and its input's shape say.
 * @throws ThawError `model-shape-mismatch` naming layer and weight
 */
export function checkWeightShapes(layer: Layer, input: LayerShape): void {
  const expected = expectedWeights(layer, input);
  const seen = new Set<WeightRole>();
  for (const weight of layer.weights) {
    const wanted = expected[weight.role];
    if (wanted === undefined) mismatch(layer, `has no place for the weight "${weight.name}"`);
    if (seen.has(weight.role)) mismatch(layer, `has more than one ${weight.role}`);
    seen.add(weight.role);
    if (text(weight.shape) !== text(wanted.shape)) {
      mismatch(
        layer,
        `needs "${weight.name}" of shape ${text(wanted.shape)}, but it is ${text(weight.shape)}`,
      );
    }
  }
  for (const [role, { need }] of Object.entries(expected)) {
    if (need === 'required' && ![...seen].some((found) => found === role)) mismatch(layer, `has no ${role}`);
  }
}

function expectedWeights(layer: Layer, input: LayerShape): Partial<Record<WeightRole, Expected>> {
  const channels = input[input.length - 1]!;
  const required = (...shape: number[]): Expected => ({ shape, need: 'required' });
  const optional = (...shape: number[]): Expected => ({ shape, need: 'optional' });
  switch (layer.kind) {
    case 'conv2d':
      return {
        kernel: required(...layer.kernelSize, channels / layer.groups, layer.filters),
        bias: optional(layer.filters),
      };
    case 'depthwiseConv2d':
      return {
        kernel: required(...layer.kernelSize, channels, layer.depthMultiplier),
        bias: optional(channels * layer.depthMultiplier),
      };
    case 'dense':
      return { kernel: required(channels, layer.units), bias: optional(layer.units) };
    case 'batchNorm':
      return {
        gamma: optional(channels),
        beta: optional(channels),
        movingMean: required(channels),
        movingVariance: required(channels),
      };
    case 'layerNorm':
      return { gamma: optional(channels), beta: optional(channels) };
    default:
      return {};
  }
}
