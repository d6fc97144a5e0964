import type { Layer } from '../../core/graph/graph';
import { asArray, asSize } from './json-value';
import {
  readActivation,
  readFlag,
  readNumber,
  readPadding,
  readPair,
  readSize,
  refuseChannelsFirst,
  unsupported,
} from './layer-config';
import { type FoundWeight, findWeight, type WeightIndex } from './layer-weights';
import type { KerasLayer } from './topology';

export interface ConvertedLayer {
  readonly layer: Layer;
  readonly weights: readonly FoundWeight[];
}

type Base = Pick<Layer, 'name' | 'type' | 'inputs' | 'part'>;

/**
 * One Keras layer as a layer of the graph.
 * @throws ThawError `model-unsupported-layer`, `model-invalid`, `model-shape-mismatch`
 */
export function convertLayer(
  keras: KerasLayer,
  index: WeightIndex,
  kerasMajor: number | null,
): ConvertedLayer {
  refuseChannelsFirst(keras);
  const base: Base = { name: keras.name, type: keras.className, inputs: keras.inputs, part: 'backbone' };
  const plain = (layer: Layer): ConvertedLayer => ({ layer, weights: [] });
  const activation = () => readActivation(keras, kerasMajor);
  switch (keras.className) {
    case 'InputLayer':
      return plain({ ...base, kind: 'input', weights: [], ...pictureShape(keras) });
    case 'Conv2D': {
      const filters = readSize(keras, 'filters');
      const kernelSize = readPair(keras, 'kernel_size');
      const weights = [
        findWeight(index, keras, 'kernel', 'kernel', [...kernelSize, null, filters]),
        ...bias(index, keras, filters),
      ];
      return withWeights(weights, (specs) => ({
        ...base,
        kind: 'conv2d',
        weights: specs,
        filters,
        kernelSize,
        strides: readPair(keras, 'strides', [1, 1]),
        padding: readPadding(keras),
        dilation: readPair(keras, 'dilation_rate', [1, 1]),
        groups: readSize(keras, 'groups', 1),
        activation: activation(),
      }));
    }
    case 'DepthwiseConv2D': {
      const kernelSize = readPair(keras, 'kernel_size');
      const depthMultiplier = readSize(keras, 'depth_multiplier', 1);
      const kernel = findWeight(index, keras, depthwiseName(index, keras), 'kernel', [
        ...kernelSize,
        null,
        depthMultiplier,
      ]);
      const channels = kernel.spec.shape[2]! * depthMultiplier;
      return withWeights([kernel, ...bias(index, keras, channels)], (specs) => ({
        ...base,
        kind: 'depthwiseConv2d',
        weights: specs,
        kernelSize,
        strides: readPair(keras, 'strides', [1, 1]),
        padding: readPadding(keras),
        dilation: readPair(keras, 'dilation_rate', [1, 1]),
        depthMultiplier,
        activation: activation(),
      }));
    }
    case 'Dense': {
      const units = readSize(keras, 'units');
      const weights = [
        findWeight(index, keras, 'kernel', 'kernel', [null, units]),
        ...bias(index, keras, units),
      ];
      return withWeights(weights, (specs) => ({
        ...base,
        kind: 'dense',
        weights: specs,
        units,
        activation: activation(),
      }));
    }
    case 'BatchNormalization':
    case 'BatchNormalizationV1':
      return withWeights(batchNormWeights(index, keras), (specs) => ({
        ...base,
        type: 'BatchNormalization',
        kind: 'batchNorm',
        weights: specs,
        epsilon: readNumber(keras, 'epsilon', 1e-3),
        momentum: readNumber(keras, 'momentum', 0.99),
      }));
    case 'LayerNormalization': {
      refuseOtherAxis(keras);
      const weights = [
        ...(readFlag(keras, 'scale', true) ? [findWeight(index, keras, 'gamma', 'gamma', [null])] : []),
        ...(readFlag(keras, 'center', true) ? [findWeight(index, keras, 'beta', 'beta', [null])] : []),
      ];
      const epsilon = readNumber(keras, 'epsilon', 1e-3);
      return withWeights(weights, (specs) => ({ ...base, kind: 'layerNorm', weights: specs, epsilon }));
    }
    default:
      return plain(convertWeightless(keras, base, kerasMajor));
  }
}

function convertWeightless(keras: KerasLayer, shared: Base, kerasMajor: number | null): Layer {
  const base = { ...shared, weights: [] as const };
  switch (keras.className) {
    case 'Activation':
      return { ...base, kind: 'activation', activation: readActivation(keras, kerasMajor) };
    case 'ReLU':
      return { ...base, kind: 'activation', activation: reluOf(keras) };
    case 'Softmax':
      refuseOtherAxis(keras);
      return { ...base, kind: 'activation', activation: 'softmax' };
    case 'Add':
      return { ...base, kind: 'add' };
    case 'Multiply':
      return { ...base, kind: 'multiply' };
    case 'Concatenate':
      refuseOtherAxis(keras);
      return { ...base, kind: 'concatenate' };
    case 'MaxPooling2D':
    case 'AveragePooling2D': {
      const poolSize = readPair(keras, 'pool_size', [2, 2]);
      const kind = keras.className === 'MaxPooling2D' ? 'maxPool' : 'averagePool';
      return {
        ...base,
        kind,
        poolSize,
        strides: readPair(keras, 'strides', poolSize),
        padding: readPadding(keras),
      };
    }
    case 'GlobalAveragePooling2D':
      return { ...base, kind: 'globalAveragePool', keepDims: readKeepDims(keras) };
    case 'GlobalMaxPooling2D':
      return { ...base, kind: 'globalMaxPool', keepDims: readKeepDims(keras) };
    case 'ZeroPadding2D':
      return { ...base, kind: 'zeroPadding', padding: readZeroPadding(keras) };
    case 'Dropout':
      return { ...base, kind: 'dropout', rate: readNumber(keras, 'rate', 0.5) };
    case 'Flatten':
      return { ...base, kind: 'flatten' };
    case 'Reshape':
      return reshape(keras, base);
    case 'Rescaling':
      return {
        ...base,
        kind: 'rescaling',
        scale: readNumber(keras, 'scale', 1),
        offset: readNumber(keras, 'offset', 0),
      };
    default:
      throw unsupported(keras, `layers of the class ${keras.className} are not known here`);
  }
}

function withWeights(
  weights: readonly FoundWeight[],
  make: (specs: Layer['weights']) => Layer,
): ConvertedLayer {
  return { layer: make(weights.map((weight) => weight.spec)), weights };
}

function bias(index: WeightIndex, keras: KerasLayer, size: number): FoundWeight[] {
  return readFlag(keras, 'use_bias', true) ? [findWeight(index, keras, 'bias', 'bias', [size])] : [];
}

/** Keras 3 calls it `kernel`, Keras 2 and TensorFlow.js `depthwise_kernel`. */
function depthwiseName(index: WeightIndex, keras: KerasLayer): string {
  return index.find(keras.name, 'depthwise_kernel') === undefined &&
    index.find(keras.name, 'kernel') !== undefined
    ? 'kernel'
    : 'depthwise_kernel';
}

function batchNormWeights(index: WeightIndex, keras: KerasLayer): FoundWeight[] {
  refuseOtherAxis(keras);
  const mean = findWeight(index, keras, 'moving_mean', 'movingMean', [null]);
  const size = mean.spec.shape;
  return [
    ...(readFlag(keras, 'scale', true) ? [findWeight(index, keras, 'gamma', 'gamma', size)] : []),
    ...(readFlag(keras, 'center', true) ? [findWeight(index, keras, 'beta', 'beta', size)] : []),
    mean,
    findWeight(index, keras, 'moving_variance', 'movingVariance', size),
  ];
}

/** Only the channels, which come last, are normalised over, joined or compared. */
function refuseOtherAxis(keras: KerasLayer): void {
  const value: unknown = keras.config.axis ?? -1;
  const axis: unknown = Array.isArray(value) && value.length === 1 ? value[0] : value;
  if (axis !== -1 && axis !== 3)
    throw unsupported(keras, `it works along axis ${JSON.stringify(value)}, not the channels`);
}

function reluOf(keras: KerasLayer): 'relu' | 'relu6' {
  const { max_value: most = null, negative_slope: slope = 0, threshold = 0 } = keras.config;
  if (Number(slope ?? 0) !== 0 || Number(threshold ?? 0) !== 0)
    throw unsupported(keras, 'its ReLU is leaky or shifted');
  if (most === null) return 'relu';
  if (most === 6) return 'relu6';
  throw unsupported(keras, `its ReLU ends at ${JSON.stringify(most)}`);
}

function readKeepDims(keras: KerasLayer): boolean {
  return readFlag(keras, 'keepdims', false) || readFlag(keras, 'keep_dims', false);
}

function readZeroPadding(keras: KerasLayer) {
  const value: unknown = keras.config.padding ?? 1;
  const where = `padding of ${keras.name}`;
  const [rows, columns] = Array.isArray(value) ? value : [value, value];
  const side = (size: unknown): readonly [number, number] => {
    const list = Array.isArray(size) ? size : [size, size];
    return [asSize(list[0], where, 0), asSize(list[1], where, 0)];
  };
  const [top, bottom] = side(rows);
  const [left, right] = side(columns);
  return { top, bottom, left, right };
}

function reshape(keras: KerasLayer, base: Base & { readonly weights: readonly [] }): Layer {
  const target = asArray(keras.config.target_shape, `target_shape of ${keras.name}`);
  if (target.length === 1 && target[0] === -1) return { ...base, kind: 'flatten' };
  const [first, second, third] = target.map((size) => {
    if (size === -1) throw unsupported(keras, 'its target shape has an open size');
    return asSize(size, `target_shape of ${keras.name}`);
  });
  if (target.length === 1) return { ...base, kind: 'reshape', shape: [first!] };
  if (target.length === 3) return { ...base, kind: 'reshape', shape: [first!, second!, third!] };
  throw unsupported(keras, `its target shape has ${target.length} sizes`);
}

function pictureShape(keras: KerasLayer): { height: number | null; width: number | null; channels: number } {
  const shape = asArray(
    keras.config.batch_input_shape ?? keras.config.batch_shape,
    `the input shape of ${keras.name}`,
  );
  if (shape.length !== 4) throw unsupported(keras, 'its input is no picture (height, width, channels)');
  const [, height, width, channels] = shape;
  const where = `the input shape of ${keras.name}`;
  const side = (size: unknown) => (size === null || size === undefined ? null : asSize(size, where));
  return { height: side(height), width: side(width), channels: asSize(channels, where) };
}
