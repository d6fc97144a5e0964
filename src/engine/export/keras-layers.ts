import type { ExplicitPadding, Layer, LayerGraph, LayerShape, Padding } from '../../core/graph/graph';
import { kerasActivation, notExportable } from './keras-activation';

export interface KerasLayerJson {
  readonly class_name: string;
  readonly name: string;
  readonly config: Readonly<Record<string, unknown>>;
  readonly inbound_nodes: readonly unknown[];
}

/** Where a layer of the graph became two: the name under which its output goes on. */
export interface WrittenLayers {
  readonly layers: readonly KerasLayerJson[];
  readonly output: string;
}

/**
 * One layer of the graph as one or two Keras layers.
 * @param inputs names of the Keras layers it reads
 * @param shape of its output
 * @throws ThawError `model-unsupported-layer` for what TensorFlow.js layers cannot express
 */
export function writeLayer(
  layer: Layer,
  inputs: readonly string[],
  shape: LayerShape,
  graph: LayerGraph,
): WrittenLayers {
  const write = (
    className: string,
    config: Readonly<Record<string, unknown>>,
    from = inputs,
  ): WrittenLayers => ({
    layers: [keras(className, layer.name, config, from)],
    output: layer.name,
  });
  const hasWeight = (role: string) => layer.weights.some((weight) => weight.role === role);
  switch (layer.kind) {
    case 'input':
      return write(
        'InputLayer',
        { batch_input_shape: [null, layer.height, layer.width, layer.channels] },
        [],
      );
    case 'conv2d':
      if (layer.groups !== 1)
        throw notExportable(layer.name, 'TensorFlow.js layers have no grouped convolution');
      return padded(layer.padding, layer.name, inputs, (padding, from) =>
        write(
          'Conv2D',
          {
            ...windowConfig(layer.kernelSize, layer.strides, padding, layer.dilation),
            filters: layer.filters,
            activation: kerasActivation(layer.activation, layer.name),
            use_bias: hasWeight('bias'),
          },
          from,
        ),
      );
    case 'depthwiseConv2d':
      // Its layer reads the dilation and then does not use it.
      if (layer.dilation.some((rate) => rate !== 1)) {
        throw notExportable(layer.name, 'TensorFlow.js layers have no dilated depthwise convolution');
      }
      return padded(layer.padding, layer.name, inputs, (padding, from) =>
        write(
          'DepthwiseConv2D',
          {
            ...windowConfig(layer.kernelSize, layer.strides, padding, layer.dilation),
            depth_multiplier: layer.depthMultiplier,
            activation: kerasActivation(layer.activation, layer.name),
            use_bias: hasWeight('bias'),
          },
          from,
        ),
      );
    case 'dense':
      return write('Dense', {
        units: layer.units,
        activation: kerasActivation(layer.activation, layer.name),
        use_bias: hasWeight('bias'),
      });
    case 'batchNorm':
      return write('BatchNormalization', {
        axis: -1,
        momentum: layer.momentum,
        epsilon: layer.epsilon,
        center: hasWeight('beta'),
        scale: hasWeight('gamma'),
      });
    case 'layerNorm':
      return write('LayerNormalization', {
        axis: -1,
        epsilon: layer.epsilon,
        center: hasWeight('beta'),
        scale: hasWeight('gamma'),
      });
    case 'activation':
      if (layer.activation === 'relu6') return write('ReLU', { max_value: 6 });
      return write('Activation', { activation: kerasActivation(layer.activation, layer.name) });
    case 'add':
      return write('Add', {});
    case 'multiply':
      return write('Multiply', {});
    case 'concatenate':
      return write('Concatenate', { axis: -1 });
    case 'maxPool':
    case 'averagePool':
      if (typeof layer.padding === 'object' && !isNothing(layer.padding)) refuseZerosInPool(layer, graph);
      return padded(layer.padding, layer.name, inputs, (padding, from) =>
        write(
          layer.kind === 'maxPool' ? 'MaxPooling2D' : 'AveragePooling2D',
          { pool_size: layer.poolSize, strides: layer.strides, padding, data_format: 'channels_last' },
          from,
        ),
      );
    case 'globalAveragePool':
    case 'globalMaxPool': {
      const className = layer.kind === 'globalAveragePool' ? 'GlobalAveragePooling2D' : 'GlobalMaxPooling2D';
      if (!layer.keepDims) return write(className, { data_format: 'channels_last' });
      const pool = `${layer.name}_flat`;
      return {
        layers: [
          keras(className, pool, { data_format: 'channels_last' }, inputs),
          keras('Reshape', layer.name, { target_shape: shape }, [pool]),
        ],
        output: layer.name,
      };
    }
    case 'zeroPadding':
      return write('ZeroPadding2D', zeroPaddingConfig(layer.padding));
    case 'dropout':
      return write('Dropout', { rate: layer.rate });
    case 'flatten':
      return write('Flatten', {});
    case 'reshape':
      return write('Reshape', { target_shape: layer.shape });
    case 'rescaling':
      return write('Rescaling', { scale: layer.scale, offset: layer.offset });
  }
}

function keras(
  className: string,
  name: string,
  config: Readonly<Record<string, unknown>>,
  inputs: readonly string[],
): KerasLayerJson {
  return {
    class_name: className,
    name,
    config: { name, trainable: true, dtype: 'float32', ...config },
    inbound_nodes: inputs.length === 0 ? [] : [inputs.map((input) => [input, 0, 0, {}])],
  };
}

function windowConfig(
  kernelSize: readonly number[],
  strides: readonly number[],
  padding: 'same' | 'valid',
  dilation: readonly number[],
) {
  return { kernel_size: kernelSize, strides, padding, data_format: 'channels_last', dilation_rate: dilation };
}

/** Explicit padding is a layer of its own in Keras. */
function padded(
  padding: Padding,
  name: string,
  inputs: readonly string[],
  write: (padding: 'same' | 'valid', inputs: readonly string[]) => WrittenLayers,
): WrittenLayers {
  if (typeof padding === 'string') return write(padding, inputs);
  if (isNothing(padding)) return write('valid', inputs);
  const padName = `${name}_pad`;
  const written = write('valid', [padName]);
  return {
    layers: [keras('ZeroPadding2D', padName, zeroPaddingConfig(padding), inputs), ...written.layers],
    output: written.output,
  };
}

function zeroPaddingConfig({ top, bottom, left, right }: ExplicitPadding) {
  return {
    padding: [
      [top, bottom],
      [left, right],
    ],
    data_format: 'channels_last',
  };
}

function isNothing({ top, bottom, left, right }: ExplicitPadding): boolean {
  return top === 0 && bottom === 0 && left === 0 && right === 0;
}

/** Zeros stand in for −∞ only where nothing is below zero; an average would count them. */
function refuseZerosInPool(layer: Layer, graph: LayerGraph): void {
  const source = graph.layers.find((candidate) => candidate.name === layer.inputs[0]);
  const activation = source !== undefined && 'activation' in source ? source.activation : 'linear';
  const isNeverNegative = ['relu', 'relu6', 'sigmoid', 'hardSigmoid', 'kerasHardSigmoid', 'softmax'].includes(
    activation,
  );
  if (layer.kind === 'maxPool' && isNeverNegative) return;
  throw notExportable(layer.name, 'TensorFlow.js layers have no pooling with explicit padding');
}
