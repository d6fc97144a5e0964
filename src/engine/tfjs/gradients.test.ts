import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import type {
  Activation,
  BatchNormLayer,
  Conv2dLayer,
  DepthwiseConv2dLayer,
  Padding,
  PoolLayer,
} from '../../core/graph/graph';
import { createRandom, uniformValues } from '../../core/random';
import type { TfjsBackend } from '../backends/describe-backend';
import { activate } from './activations';
import { startBackend } from './backends';
import { batchStatistics, movedStatistics, normalizeByBatch, normalizeByRunning } from './batch-norm';
import { channelMean } from './channel-mean';
import { conv2d, depthwiseConv2d } from './convolution';
import { crossEntropy, oneHot, sharesOf } from './loss';
import { pool } from './pooling';

const BASE = { name: 'layer', type: '', inputs: [], weights: [], part: 'backbone' } as const;

function random(shape: readonly number[], seed: number): tf.Tensor {
  const size = shape.reduce((product, side) => product * side, 1);
  return tf.tensor(uniformValues(size, -1, 1, createRandom(seed)), [...shape]);
}

/** The largest difference from central differences of Σ weights · f(x), relative to the largest slope. */
async function gradientError(f: (x: tf.Tensor) => tf.Tensor, x: tf.Tensor, step = 1e-2): Promise<number> {
  const weights = random(f(x).shape, 99);
  const total = (input: tf.Tensor) => tf.sum(tf.mul(f(input), weights)) as tf.Scalar;
  const gradient = await tf
    .grad((input: tf.Tensor) => total(input))(x)
    .data();
  const values = await x.data();
  let worst = 0;
  let largest = 0;
  for (let i = 0; i < values.length; i++) {
    const at = (delta: number) => {
      const moved = Float32Array.from(values);
      moved[i] = moved[i]! + delta;
      const products = tf.tidy(() => tf.mul(f(tf.tensor(moved, x.shape)), weights).dataSync<'float32'>());
      return Array.from(products).reduce((sum, value) => sum + value, 0);
    };
    const slope = (at(step) - at(-step)) / (Math.fround(values[i]! + step) - Math.fround(values[i]! - step));
    worst = Math.max(worst, Math.abs(slope - gradient[i]!));
    largest = Math.max(largest, Math.abs(slope));
  }
  return worst / largest;
}

function conv(change: Partial<Conv2dLayer>): Conv2dLayer {
  return {
    ...BASE,
    kind: 'conv2d',
    filters: 4,
    kernelSize: [3, 3],
    strides: [1, 1],
    padding: 'same',
    dilation: [1, 1],
    groups: 1,
    activation: 'linear',
    ...change,
  };
}

function depthwise(change: Partial<DepthwiseConv2dLayer>): DepthwiseConv2dLayer {
  return {
    ...BASE,
    kind: 'depthwiseConv2d',
    kernelSize: [3, 3],
    strides: [1, 1],
    padding: 'same',
    dilation: [1, 1],
    depthMultiplier: 1,
    activation: 'linear',
    ...change,
  };
}

const EXPLICIT: Padding = { top: 1, bottom: 2, left: 0, right: 1 };

describe.each(['cpu', 'wasm'] as const)(
  'gradients on %s against central differences',
  (backend: TfjsBackend) => {
    beforeAll(async () => {
      await startBackend(backend);
    });

    it.each([
      { padding: 'same' },
      { padding: 'valid', strides: [2, 2] },
      { padding: 'same', strides: [2, 2] },
      { padding: EXPLICIT, strides: [2, 1] },
      { padding: 'same', dilation: [2, 2] },
      { padding: EXPLICIT, kernelSize: [1, 1] },
      { padding: 'same', groups: 2 },
      { padding: 'same', groups: 4 },
      { padding: 'same', kernelSize: [5, 3], strides: [2, 2] },
    ] as Partial<Conv2dLayer>[])('convolution %j', async (change) => {
      const layer = conv(change);
      const x = random([2, 6, 5, 4], 1);
      const kernel = random([...layer.kernelSize, 4 / layer.groups, layer.filters], 2) as tf.Tensor4D;
      expect(await gradientError((input) => conv2d(input as tf.Tensor4D, kernel, layer), x)).toBeLessThan(
        2e-3,
      );
      expect(
        await gradientError((w) => conv2d(x as tf.Tensor4D, w as tf.Tensor4D, layer), kernel),
      ).toBeLessThan(2e-3);
    });

    it.each([
      { padding: 'same' },
      { padding: 'same', strides: [2, 2] },
      { padding: 'valid', strides: [2, 2] },
      { padding: EXPLICIT },
      { padding: 'same', dilation: [2, 2] },
      { padding: 'same', depthMultiplier: 2, strides: [2, 2] },
      { padding: 'same', kernelSize: [5, 5], strides: [2, 2] },
    ] as Partial<DepthwiseConv2dLayer>[])('depthwise convolution %j', async (change) => {
      const layer = depthwise(change);
      const x = random([2, 7, 6, 3], 3);
      const kernel = random([...layer.kernelSize, 3, layer.depthMultiplier], 4) as tf.Tensor4D;
      expect(
        await gradientError((input) => depthwiseConv2d(input as tf.Tensor4D, kernel, layer), x),
      ).toBeLessThan(2e-3);
      expect(
        await gradientError((w) => depthwiseConv2d(x as tf.Tensor4D, w as tf.Tensor4D, layer), kernel),
      ).toBeLessThan(2e-3);
    });

    it.each([
      ['maxPool', 'same'],
      ['averagePool', 'same'],
      ['averagePool', EXPLICIT],
      ['maxPool', EXPLICIT],
    ] as const)('%s, padding %j', async (kind, padding) => {
      const layer: PoolLayer = { ...BASE, kind, poolSize: [3, 3], strides: [2, 2], padding };
      expect(
        await gradientError((x) => pool(x as tf.Tensor4D, layer), random([1, 5, 6, 2], 5), 1e-3),
      ).toBeLessThan(5e-3);
    });

    it.each([
      'relu',
      'relu6',
      'silu',
      'sigmoid',
      'hardSigmoid',
      'hardSwish',
      'kerasHardSigmoid',
      'tanh',
      'gelu',
      'geluTanh',
      'softmax',
    ] as Activation[])('activation %s', async (activation) => {
      // Away from the bends, where a central difference means nothing.
      const x = tf.tensor2d([-4.3, -2.2, -1.1, -0.4, 0.3, 0.9, 1.7, 2.1, 4.2, 7.5], [2, 5]);
      expect(await gradientError((input) => activate(input, activation), x)).toBeLessThan(2e-3);
    });

    it('BatchNorm by the batch and by running statistics', async () => {
      const x = random([3, 4, 3, 2], 6);
      const gamma = tf.tensor1d([0.7, -1.3]);
      const beta = tf.tensor1d([0.2, 0.4]);
      const byBatch = (input: tf.Tensor, scale: tf.Tensor, shift: tf.Tensor) =>
        normalizeByBatch(input, scale, shift, batchStatistics(input), 1e-3);
      const mean = tf.tensor1d([0.1, -0.2]);
      const variance = tf.tensor1d([0.5, 1.5]);
      const byRunning = (input: tf.Tensor, scale: tf.Tensor, shift: tf.Tensor) =>
        normalizeByRunning(input, scale, shift, mean, variance, 1e-3);
      for (const normalize of [byBatch, byRunning]) {
        expect(await gradientError((input) => normalize(input, gamma, beta), x)).toBeLessThan(5e-3);
        expect(await gradientError((scale) => normalize(x, scale, beta), gamma)).toBeLessThan(2e-3);
        expect(await gradientError((shift) => normalize(x, gamma, shift), beta)).toBeLessThan(2e-3);
      }
    });

    it('softmax cross-entropy, also of logits that would overflow', async () => {
      const labels = Int32Array.of(2, 0);
      const targets = oneHot(labels, 3);
      const shares = sharesOf(labels, [1, 1, 3]);
      const loss = (x: tf.Tensor) => crossEntropy(x as tf.Tensor2D, targets, shares);
      expect(await gradientError(loss, random([2, 3], 7))).toBeLessThan(2e-3);
      const [large] = await loss(
        tf.tensor2d([
          [500, 0, -500],
          [500, 0, 0],
        ]),
      ).data();
      expect(large).toBe(750);
    });
  },
);

describe('gates and statistics', () => {
  beforeAll(async () => {
    await startBackend('cpu');
  });

  it('ReLU6 passes nothing at its bends, as in PyTorch', async () => {
    const gradient = await tf
      .grad((x: tf.Tensor) => tf.sum(activate(x, 'relu6')))(tf.tensor1d([0, 6, 5.9]))
      .data();
    expect([...gradient]).toEqual([0, 0, 1]);
  });

  it('average pooling does not count padded pixels', async () => {
    const layer: PoolLayer = {
      ...BASE,
      kind: 'averagePool',
      poolSize: [2, 2],
      strides: [2, 2],
      padding: 'same',
    };
    expect([...(await pool(tf.ones([1, 3, 3, 1]), layer).data())]).toEqual([1, 1, 1, 1]);
  });

  it('running variance takes the unbiased batch variance', async () => {
    const x = tf.tensor4d([1, 2, 3, 6], [4, 1, 1, 1]);
    const layer: Pick<BatchNormLayer, 'momentum'> = { momentum: 0.9 };
    const running = { mean: tf.tensor1d([0]), variance: tf.tensor1d([1]) };
    const moved = movedStatistics(running, batchStatistics(x), layer.momentum);
    // Mean 3; squared deviations 4 + 1 + 0 + 9 = 14, over 3 unbiased.
    expect((await moved.mean.data())[0]).toBeCloseTo(0.3, 6);
    expect((await moved.variance.data())[0]).toBeCloseTo(0.9 + (0.1 * 14) / 3, 6);
  });

  it('channel means on WASM keep their digits over 30,000 rows', async () => {
    await startBackend('wasm');
    const values = uniformValues(30_000 * 2, 0, 1, createRandom(8));
    const [first] = await channelMean(tf.tensor2d(values, [30_000, 2])).data();
    const wanted = values.reduce((sum, value, i) => (i % 2 === 0 ? sum + value : sum), 0) / 30_000;
    expect(Math.abs(first! - wanted) / wanted).toBeLessThan(1e-6);
  });
});
