import * as tf from '@tensorflow/tfjs';
import type { BatchNormMode } from '../../core/batch-norm';
import { ThawError } from '../../core/errors';
import type { Activation, BatchNormLayer, Layer, WeightRole } from '../../core/graph/graph';
import { activate } from './activations';
import { type BatchStatistics, batchStatistics, normalizeByBatch, normalizeByRunning } from './batch-norm';
import { conv2d, depthwiseConv2d } from './convolution';
import { dropout } from './dropout';
import { normalizeChannels } from './layer-norm';
import { padPictures } from './pad';
import { globalPool, pool } from './pooling';

/** What a layer needs beside its inputs. */
export interface PassContext {
  readonly weights: ReadonlyMap<string, tf.Tensor>;
  /** Null in evaluation mode: running statistics, nothing moves. */
  readonly training: TrainingContext | null;
}

export interface TrainingContext {
  readonly batchNorm: ReadonlyMap<string, BatchNormMode>;
  /** Takes the statistics of a layer that updates its own. */
  readonly onStatistics: (layer: BatchNormLayer, statistics: BatchStatistics) => void;
  /** Of this step. */
  readonly dropoutSeed: number;
  /** Where a layer stands in the graph. */
  readonly placeOf: (layer: Layer) => number;
}

/** One layer's output; a new tensor, also where the layer changes nothing. */
export function applyLayer(layer: Layer, inputs: readonly tf.Tensor[], context: PassContext): tf.Tensor {
  const [x] = inputs;
  if (x === undefined) throw new ThawError('model-invalid', `The layer ${layer.name} has no input.`);
  const picture = x as tf.Tensor4D;
  switch (layer.kind) {
    case 'input':
      throw new ThawError(
        'model-invalid',
        `The input layer ${layer.name} stands in the middle of the model.`,
      );
    case 'conv2d':
      return finish(
        conv2d(picture, weight(layer, 'kernel', context), layer),
        layer,
        layer.activation,
        context,
      );
    case 'depthwiseConv2d':
      return finish(
        depthwiseConv2d(picture, weight(layer, 'kernel', context), layer),
        layer,
        layer.activation,
        context,
      );
    case 'dense':
      return finish(
        dense(x, weight<tf.Tensor2D>(layer, 'kernel', context)),
        layer,
        layer.activation,
        context,
      );
    case 'batchNorm':
      return batchNorm(layer, x, context);
    case 'layerNorm': {
      const gamma = optional(layer, 'gamma', context);
      const normalized = normalizeChannels(x, layer.epsilon);
      return withBias(
        gamma === null ? normalized : tf.mul(normalized, gamma),
        optional(layer, 'beta', context),
      );
    }
    case 'activation':
      return activate(x, layer.activation);
    case 'add':
      return inputs.length === 1 ? tf.clone(x) : inputs.reduce((sum, input) => tf.add(sum, input));
    case 'multiply':
      return inputs.length === 1 ? tf.clone(x) : inputs.reduce((product, input) => tf.mul(product, input));
    case 'concatenate':
      return inputs.length === 1 ? tf.clone(x) : tf.concat([...inputs], -1);
    case 'maxPool':
    case 'averagePool':
      return pool(picture, layer);
    case 'globalAveragePool':
    case 'globalMaxPool':
      return globalPool(picture, layer.kind, layer.keepDims);
    case 'zeroPadding':
      return tf.clone(padPictures(picture, layer.padding));
    case 'dropout':
      return context.training === null
        ? tf.clone(x)
        : dropout(x, layer.rate, context.training.dropoutSeed, context.training.placeOf(layer));
    case 'flatten':
      return tf.reshape(x, [x.shape[0]!, x.size / x.shape[0]!]);
    case 'reshape':
      return tf.reshape(x, [x.shape[0]!, ...layer.shape]);
    case 'rescaling':
      return tf.add(tf.mul(x, layer.scale), layer.offset);
  }
}

function batchNorm(layer: BatchNormLayer, x: tf.Tensor, context: PassContext): tf.Tensor {
  const mean = weight(layer, 'movingMean', context);
  const variance = weight(layer, 'movingVariance', context);
  const gamma = optional(layer, 'gamma', context) ?? tf.onesLike(mean);
  const beta = optional(layer, 'beta', context) ?? tf.zerosLike(mean);
  const mode = context.training?.batchNorm.get(layer.name);
  if (context.training === null || mode === undefined) {
    return normalizeByRunning(x, gamma, beta, mean, variance, layer.epsilon);
  }
  const needsBatch = mode.normaliser === 'batch' || mode.statistics === 'updated';
  const statistics = needsBatch ? batchStatistics(x) : null;
  if (statistics !== null && mode.statistics === 'updated') context.training.onStatistics(layer, statistics);
  return statistics !== null && mode.normaliser === 'batch'
    ? normalizeByBatch(x, gamma, beta, statistics, layer.epsilon)
    : normalizeByRunning(x, gamma, beta, mean, variance, layer.epsilon);
}

function dense(x: tf.Tensor, kernel: tf.Tensor2D): tf.Tensor {
  const [inputs, units] = kernel.shape;
  if (x.rank === 2) return tf.matMul(x as tf.Tensor2D, kernel);
  const rows = tf.matMul(tf.reshape(x, [x.size / inputs, inputs]) as tf.Tensor2D, kernel);
  return tf.reshape(rows, [...x.shape.slice(0, -1), units]);
}

function finish(x: tf.Tensor, layer: Layer, activation: Activation, context: PassContext): tf.Tensor {
  const biased = withBias(x, optional(layer, 'bias', context));
  return activation === 'linear' ? biased : activate(biased, activation);
}

function withBias(x: tf.Tensor, bias: tf.Tensor | null): tf.Tensor {
  return bias === null ? x : tf.add(x, bias);
}

function optional(layer: Layer, role: WeightRole, context: PassContext): tf.Tensor | null {
  const spec = layer.weights.find((candidate) => candidate.role === role);
  return (spec && context.weights.get(spec.name)) ?? null;
}

function weight<Value extends tf.Tensor = tf.Tensor4D>(
  layer: Layer,
  role: WeightRole,
  context: PassContext,
): Value {
  const tensor = optional(layer, role, context);
  if (tensor === null)
    throw new ThawError('model-invalid', `The layer ${layer.name} lacks its weight ${role}.`);
  return tensor as Value;
}
