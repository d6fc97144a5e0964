import { ThawError } from '../../core/errors';
import type { Activation, Padding } from '../../core/graph/graph';
import { asNumber, asSize, isObject, type JsonObject } from './json-value';
import type { KerasLayer } from './topology';

type Pair = readonly [height: number, width: number];

export function unsupported(layer: KerasLayer, why: string): ThawError {
  return new ThawError(
    'model-unsupported-layer',
    `The layer ${layer.name} (${layer.className}) cannot be used: ${why}. Choose a model without it.`,
  );
}

/** A size that is given once for both directions or for each. */
export function readPair(layer: KerasLayer, key: string, fallback?: Pair): Pair {
  const value = layer.config[key];
  if ((value === undefined || value === null) && fallback !== undefined) return fallback;
  const where = `${key} of ${layer.name}`;
  const list = Array.isArray(value) ? value : [value, value];
  return [asSize(list[0], where), asSize(list[1] ?? list[0], where)];
}

export function readSize(layer: KerasLayer, key: string, fallback?: number): number {
  const value = layer.config[key] ?? fallback;
  return asSize(value, `${key} of ${layer.name}`);
}

export function readNumber(layer: KerasLayer, key: string, fallback: number): number {
  return asNumber(layer.config[key] ?? fallback, `${key} of ${layer.name}`);
}

export function readFlag(layer: KerasLayer, key: string, fallback: boolean): boolean {
  const value: unknown = layer.config[key] ?? fallback;
  return value === true;
}

export function readPadding(layer: KerasLayer): Padding {
  const padding = layer.config.padding ?? 'valid';
  if (padding === 'same' || padding === 'valid') return padding;
  throw unsupported(layer, `its padding is ${JSON.stringify(padding)}`);
}

export function refuseChannelsFirst(layer: KerasLayer): void {
  if (layer.config.data_format === 'channels_first') throw unsupported(layer, 'it wants the channels first');
}

const ACTIVATIONS: ReadonlyMap<string, Activation> = new Map([
  ['linear', 'linear'],
  ['relu', 'relu'],
  ['relu6', 'relu6'],
  ['silu', 'silu'],
  ['swish', 'silu'],
  ['sigmoid', 'sigmoid'],
  ['hard_silu', 'hardSwish'],
  ['hard_swish', 'hardSwish'],
  ['tanh', 'tanh'],
  ['gelu', 'gelu'],
  ['gelu_new', 'geluTanh'],
  ['softmax', 'softmax'],
]);

/** @param kerasMajor hard sigmoid is x/6 + 0.5 from Keras 3 on and 0.2x + 0.5 before */
export function readActivation(layer: KerasLayer, kerasMajor: number | null): Activation {
  const value: unknown = layer.config.activation ?? 'linear';
  const name = isObject(value) ? nameOf(value) : value;
  if (typeof name !== 'string') throw unsupported(layer, 'its activation has no name');
  const snake = name.replace(/([a-z])([A-Z])/g, '$1_$2').toLowerCase();
  if (snake === 'hard_sigmoid')
    return kerasMajor !== null && kerasMajor >= 3 ? 'hardSigmoid' : 'kerasHardSigmoid';
  const activation = ACTIVATIONS.get(snake);
  if (activation === undefined) throw unsupported(layer, `the activation ${name} is not known`);
  return activation;
}

function nameOf(value: JsonObject): unknown {
  return isObject(value.config) ? (value.config.name ?? value.class_name) : value.class_name;
}
