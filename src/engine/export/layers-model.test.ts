import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { ThawError } from '../../core/errors';
import type { Activation, Layer, LayerGraph, Network } from '../../core/graph/graph';
import { createRandom, uniformValues } from '../../core/random';
import { readLayersModelFromFiles } from '../readers/layers-model';
import { driveRun, setupOf } from '../testing/drive-run';
import { tinyData, tinyNetwork } from '../testing/lightning-tiny';
import { TfjsExecutor } from '../tfjs/tfjs-executor';
import { type ExportedFile, exportLayersModel } from './layers-model';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

function openWithStockTensorFlow(files: readonly ExportedFile[]): Promise<tf.LayersModel> {
  const [json, weights] = files;
  const { modelTopology, weightsManifest } = JSON.parse(new TextDecoder().decode(json!.bytes));
  return tf.loadLayersModel(
    tf.io.fromMemory({
      modelTopology,
      weightSpecs: weightsManifest[0].weights,
      weightData: weights!.bytes.buffer,
    }),
  );
}

async function stockLogits(
  network: Network,
  images: Float32Array,
  shape: readonly [number, number, number, number],
) {
  const model = await openWithStockTensorFlow(exportLayersModel(network, [shape[1], shape[2], shape[3]]));
  const output = model.predict(tf.tensor4d(images, [...shape])) as tf.Tensor;
  return Float32Array.from(await output.data());
}

function largestDifference(a: Float32Array, b: Float32Array): number {
  expect(a).toHaveLength(b.length);
  return Math.max(...a.map((value, i) => Math.abs(value - b[i]!)));
}

/** Every kind of layer that TensorFlow.js layers have, explicit padding, BatchNorm without gamma. */
function oddNetwork(activation: Activation = 'silu', groups = 1, dilation = 1): Network {
  const base = (name: string, input: string) => ({
    name,
    type: '',
    inputs: [input],
    part: 'backbone' as const,
  });
  const weight = (name: string, role: Layer['weights'][number]['role'], ...shape: number[]) => ({
    name,
    role,
    shape,
  });
  const layers: Layer[] = [
    { ...base('in', ''), inputs: [], kind: 'input', weights: [], height: null, width: null, channels: 3 },
    { ...base('scale', 'in'), kind: 'rescaling', weights: [], scale: 0.5, offset: 0.1 },
    {
      ...base('conv', 'scale'),
      kind: 'conv2d',
      weights: [weight('conv/kernel', 'kernel', 3, 3, 3, 4), weight('conv/bias', 'bias', 4)],
      filters: 4,
      kernelSize: [3, 3],
      strides: [2, 2],
      padding: { top: 1, bottom: 1, left: 1, right: 1 },
      dilation: [1, 1],
      groups: 1,
      activation,
    },
    {
      ...base('bn', 'conv'),
      kind: 'batchNorm',
      weights: [
        weight('bn/beta', 'beta', 4),
        weight('bn/moving_mean', 'movingMean', 4),
        weight('bn/moving_variance', 'movingVariance', 4),
      ],
      epsilon: 1e-5,
      momentum: 0.9,
    },
    { ...base('relu', 'bn'), kind: 'activation', weights: [], activation: 'relu' },
    {
      ...base('max', 'relu'),
      kind: 'maxPool',
      weights: [],
      poolSize: [3, 3],
      strides: [1, 1],
      padding: { top: 1, bottom: 1, left: 1, right: 1 },
    },
    {
      ...base('dw', 'max'),
      kind: 'depthwiseConv2d',
      // Named as Keras 3 names it.
      weights: [weight('dw/kernel', 'kernel', 3, 3, 4, 1)],
      kernelSize: [3, 3],
      strides: [1, 1],
      padding: 'same',
      dilation: [dilation, dilation],
      depthMultiplier: 1,
      activation: 'linear',
    },
    { ...base('squeeze', 'dw'), kind: 'globalAveragePool', weights: [], keepDims: true },
    {
      ...base('excite', 'squeeze'),
      kind: 'conv2d',
      weights: [weight('excite/kernel', 'kernel', 1, 1, 4 / groups, 4)],
      filters: 4,
      kernelSize: [1, 1],
      strides: [1, 1],
      padding: 'valid',
      dilation: [1, 1],
      groups,
      activation: 'sigmoid',
    },
    { ...base('gate', 'dw'), inputs: ['dw', 'excite'], kind: 'multiply', weights: [] },
    { ...base('sum', 'gate'), inputs: ['gate', 'max'], kind: 'add', weights: [] },
    { ...base('both', 'sum'), inputs: ['sum', 'gate'], kind: 'concatenate', weights: [] },
    {
      ...base('ln', 'both'),
      kind: 'layerNorm',
      weights: [weight('ln/gamma', 'gamma', 8), weight('ln/beta', 'beta', 8)],
      epsilon: 1e-3,
    },
    {
      ...base('mean', 'ln'),
      kind: 'averagePool',
      weights: [],
      poolSize: [2, 2],
      strides: [2, 2],
      padding: 'same',
    },
    { ...base('drop', 'mean'), kind: 'dropout', weights: [], rate: 0.5 },
    { ...base('pool', 'drop'), kind: 'globalMaxPool', weights: [], keepDims: false },
    {
      ...base('logits', 'pool'),
      kind: 'dense',
      weights: [weight('logits/kernel', 'kernel', 8, 3)],
      units: 3,
      activation: 'linear',
    },
  ];
  const graph: LayerGraph = { name: 'odd', layers, output: 'logits', backboneEnd: 'pool' };
  const random = createRandom(4);
  const weights = new Map(
    layers
      .flatMap((layer) => layer.weights)
      .map(({ name, role, shape }) => {
        const size = shape.reduce((product, side) => product * side, 1);
        return [
          name,
          role === 'movingVariance'
            ? uniformValues(size, 0.5, 2, random)
            : uniformValues(size, -1, 1, random),
        ];
      }),
  );
  return { graph, weights };
}

describe('a TensorFlow.js layers model, written', () => {
  it('of a trained network: stock TensorFlow.js gives the same logits', async () => {
    const network = await tinyNetwork();
    const data = tinyData();
    const executor = new TfjsExecutor('cpu', network);
    await driveRun(setupOf(executor, network, data, { epochs: 2, unfreezeBackboneAtEpoch: 1, batchSize: 8 }));
    const { images, shape } = data.validation.batch([0, 3, 5]);
    const trained = { graph: executor.graph, weights: await executor.readWeights() };
    const logits = await executor.predict(images, shape);
    expect(largestDifference(await stockLogits(trained, images, shape), logits)).toBeLessThan(1e-5);
  });

  it.each([
    'linear',
    'relu6',
    'silu',
    'sigmoid',
    'kerasHardSigmoid',
    'tanh',
    'gelu',
    'softmax',
  ] as Activation[])('of every kind of layer, with %s', async (activation) => {
    const network = oddNetwork(activation);
    const images = uniformValues(2 * 9 * 8 * 3, -1, 1, createRandom(5));
    const logits = await new TfjsExecutor('cpu', network).predict(images, [2, 9, 8, 3]);
    expect(largestDifference(await stockLogits(network, images, [2, 9, 8, 3]), logits)).toBeLessThan(1e-5);
  });

  it('is read back by our own reader, with the same logits', async () => {
    const network = oddNetwork();
    const files = exportLayersModel(network, [9, 8, 3]).map(({ name, bytes }) => ({
      name,
      bytes: bytes.buffer,
    }));
    const again = await readLayersModelFromFiles(files);
    const images = uniformValues(9 * 8 * 3, -1, 1, createRandom(6));
    const [a, b] = await Promise.all(
      [network, again].map((one) => new TfjsExecutor('cpu', one).predict(images, [1, 9, 8, 3])),
    );
    expect(largestDifference(a!, b!)).toBeLessThan(1e-6);
  });

  it.each([
    ['hard-swish', () => oddNetwork('hardSwish')],
    ['PyTorch’s hard sigmoid', () => oddNetwork('hardSigmoid')],
    ['the approximate GELU', () => oddNetwork('geluTanh')],
    ['a grouped convolution', () => oddNetwork('silu', 2)],
    ['a dilated depthwise convolution', () => oddNetwork('silu', 1, 2)],
  ])('says that it cannot write %s', (_what, make) => {
    expect(() => exportLayersModel(make(), [9, 8, 3])).toThrow(ThawError);
    expect(() => exportLayersModel(make(), [9, 8, 3])).toThrow(/thaw\.weights\(\)/);
  });
});
