import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { idsOf } from '../../step-plan/call-buffers';
import type { BufferId } from '../../step-plan/calls/call';
import { compileTrainingPlan } from '../../step-plan/compile/compile-training';
import type { KernelCall } from '../../step-plan/operations';
import { layOutParameters } from '../../step-plan/parameter-layout';
import { NETWORK_ZOO } from '../../step-plan/testing/network-zoo';
import {
  BATCH_NORM_MODES,
  classesOf,
  OPTIMIZERS,
  phaseOf,
  randomBatch,
} from '../../step-plan/testing/phases';
import { createReferenceBackend } from '../reference/reference-backend';
import { convolutionGeometry } from '../testing/convolution-cases';
import { CaseBuilder, type KernelCase } from '../testing/kernel-case';
import { describeOnWebGpu } from '../testing/node-webgpu';
import { planOf, runCase } from '../testing/run-case';
import { HARDWARE_TUNING, PRODUCT_VARIANTS, SOFTWARE_TUNING } from '../wgsl/tuning';
import { requestWebGpuDevice } from './device';
import { recordCalls } from './recorder';
import { createWebGpuBackend, type WebGpuBackend } from './webgpu-backend';

type Pair = readonly [number, number];

/**
 * One row, rows within a tile and across its edge, one part, several, and more than everybody reads; whole vectors
 * of channels within a tile and across its edge, and odd numbers of them.
 */
const SHAPES = [
  { groups: 'one', batch: 1, size: [1, 1], channels: [8, 12], kernel: [1, 1], stride: [1, 1] },
  { groups: 'one', batch: 2, size: [7, 9], channels: [72, 68], kernel: [1, 1], stride: [1, 1] },
  { groups: 'one', batch: 5, size: [21, 22], channels: [4, 4], kernel: [1, 1], stride: [1, 1] },
  { groups: 'each', batch: 1, size: [1, 1], channels: [4, 4], kernel: [3, 3], stride: [1, 1] },
  { groups: 'each', batch: 2, size: [13, 6], channels: [68, 68], kernel: [3, 3], stride: [2, 2] },
  { groups: 'each', batch: 5, size: [40, 6], channels: [64, 64], kernel: [3, 3], stride: [1, 1] },
  { groups: 'one', batch: 1, size: [2, 3], channels: [4, 8], kernel: [1, 1], stride: [1, 1] },
  { groups: 'one', batch: 3, size: [7, 5], channels: [8, 20], kernel: [1, 1], stride: [1, 1] },
  { groups: 'one', batch: 8, size: [12, 12], channels: [12, 16], kernel: [1, 1], stride: [1, 1] },
  { groups: 'one', batch: 2, size: [9, 8], channels: [3, 7], kernel: [3, 3], stride: [2, 2] },
  { groups: 'each', batch: 2, size: [7, 6], channels: [12, 12], kernel: [3, 3], stride: [1, 1] },
  { groups: 'each', batch: 3, size: [9, 11], channels: [5, 5], kernel: [3, 3], stride: [2, 2] },
  { groups: 'each', batch: 5, size: [16, 16], channels: [16, 16], kernel: [5, 5], stride: [1, 1] },
] as const;

const layer = 'layer';
const epsilon = 1e-3;

function geometryOf({ groups, batch, size, channels, kernel, stride }: (typeof SHAPES)[number]) {
  const [height, width]: Pair = size;
  const [inputChannels, outputChannels]: Pair = channels;
  const sizes = { batch, height, width, inputChannels, outputChannels, kernel, stride };
  const dilation = [1, 1] as const;
  return convolutionGeometry({
    ...sizes,
    dilation,
    padding: 'same',
    groups: groups === 'one' ? 1 : inputChannels,
  });
}

function normaliserOf(build: CaseBuilder, channels: number) {
  return {
    mean: build.normal(channels),
    variance: build.positive(channels),
    gamma: build.normal(channels, 1, 0.3),
    beta: build.normal(channels),
  };
}

/** A convolution, the statistics of what it makes, and their use. */
function forwardCase(shape: (typeof SHAPES)[number], seed: number): KernelCase {
  const build = new CaseBuilder(seed);
  const geometry = geometryOf(shape);
  const g = geometry;
  const channels = g.outputChannels;
  const rows = g.batch * g.outputHeight * g.outputWidth;
  const inputs = {
    input: build.normal(g.batch * g.inputHeight * g.inputWidth * g.inputChannels),
    filter: build.normal((g.kernelHeight * g.kernelWidth * g.inputChannels * channels) / g.groups),
    // A mean far from zero: Σx² − mean² would cancel. One row has no variance: 1 / √ε would magnify the rounding.
    bias: build.normal(channels, rows === 1 ? 0 : 30, 2),
    residual: null,
  };
  const output = build.written(rows * channels);
  const kind = shape.groups === 'one' ? 'conv2d' : 'depthwiseConv2d';
  const convolution = { kind, layer, geometry, activation: 'linear', inputs, outputs: { output } } as const;
  const { mean, variance, gamma, beta } = normaliserOf(build, channels);
  const movingMean = build.normal(channels);
  const movingVariance = build.positive(channels);
  const sizes = { layer, rows, channels };
  const statistics: KernelCall = {
    kind: 'batchNormStatistics',
    ...sizes,
    momentum: 0.9,
    inputs: { input: output },
    outputs: { mean, variance, movingMean, movingVariance },
  };
  const apply: KernelCall = {
    kind: 'batchNormApply',
    ...sizes,
    epsilon,
    activation: 'relu6',
    inputs: { mean, variance, gamma, beta, input: output, residual: null },
    outputs: { output: build.written(rows * channels) },
  };
  return build.build(convolution, [], [statistics, apply]);
}

/** The gradient of a convolution's input, and both passes of the BatchNorm that it is the output's gradient of. */
function backwardCase(shape: (typeof SHAPES)[number], write: 'overwrite' | 'add', seed: number): KernelCase {
  const build = new CaseBuilder(seed);
  const geometry = geometryOf(shape);
  const g = geometry;
  const channels = g.inputChannels;
  const rows = g.batch * g.inputHeight * g.inputWidth;
  const inputs = {
    outputGradient: build.normal(g.batch * g.outputHeight * g.outputWidth * g.outputChannels),
    filter: build.normal((g.kernelHeight * g.kernelWidth * channels * g.outputChannels) / g.groups),
  };
  const outputGradient = write === 'add' ? build.normal(rows * channels) : build.written(rows * channels);
  const kind = shape.groups === 'one' ? 'conv2dInputGradient' : 'depthwiseConv2dInputGradient';
  const outputs = { inputGradient: outputGradient };
  const gradient = { kind, layer, geometry, write, inputs, outputs } as const;
  const normaliser = normaliserOf(build, channels);
  const ports = { ...normaliser, input: build.normal(rows * channels), outputGradient };
  const sums = { gammaGradient: build.written(channels), betaGradient: build.written(channels) };
  const sizes = { layer, rows, channels, epsilon, activation: 'relu6' } as const;
  return build.build(
    gradient,
    [],
    [
      { kind: 'batchNormParameterGradient', ...sizes, inputs: ports, outputs: sums },
      {
        kind: 'batchNormInputGradient',
        ...sizes,
        inputs: { ...ports, ...sums },
        outputs: { inputGradient: build.written(rows * channels) },
      },
    ],
  );
}

/** The gradient of a convolution's input goes through the activation before it, in its place. */
function gatedCase(shape: (typeof SHAPES)[number], write: 'overwrite' | 'add', seed: number): KernelCase {
  const { call, buffers, scalars, following } = backwardCase(shape, write, seed);
  const [sums] = following!;
  if (call.kind !== 'conv2dInputGradient' && call.kind !== 'depthwiseConv2dInputGradient') throw new Error();
  if (sums?.kind !== 'batchNormParameterGradient') throw new Error();
  const { rows, channels, inputs } = sums;
  const { inputGradient } = call.outputs;
  const gate: KernelCall = {
    kind: 'activationGradient',
    layer,
    activation: 'silu',
    rows,
    channels,
    inputs: { outputGradient: inputGradient, input: inputs.input, output: null },
    outputs: { inputGradient },
  };
  return { call, buffers, scalars, following: [gate] };
}

/** The gradient of a folded filter, scaled back to that of the filter. */
function unfoldedCase(shape: (typeof SHAPES)[number], seed: number): KernelCase {
  const build = new CaseBuilder(seed);
  const geometry = geometryOf(shape);
  const g = geometry;
  const channels = g.outputChannels;
  const filterRows = (g.kernelHeight * g.kernelWidth * g.inputChannels) / g.groups;
  const inputs = {
    input: build.normal(g.batch * g.inputHeight * g.inputWidth * g.inputChannels),
    outputGradient: build.normal(g.batch * g.outputHeight * g.outputWidth * channels),
  };
  const { gamma, variance } = normaliserOf(build, channels);
  const filterGradient = build.written(filterRows * channels);
  const kind = shape.groups === 'one' ? 'conv2dFilterGradient' : 'depthwiseConv2dFilterGradient';
  const unfold: KernelCall = {
    kind: 'unfoldGradient',
    layer,
    rows: filterRows,
    channels,
    epsilon,
    inputs: { foldedGradient: filterGradient, gamma, variance },
    outputs: { gradient: build.written(filterRows * channels) },
  };
  return build.build({ kind, layer, geometry, inputs, outputs: { filterGradient } }, [], [unfold]);
}

await describeOnWebGpu('calls that share a dispatch', async (gpu) => {
  const { device } = await requestWebGpuDevice(gpu);
  const reference = createReferenceBackend();
  const software = await createWebGpuBackend({ device, tuning: SOFTWARE_TUNING });
  const hardware = await createWebGpuBackend({ device, tuning: HARDWARE_TUNING });

  /** What nobody but the next call reads need not be there afterwards. */
  async function expectSameEnd(backend: WebGpuBackend, kernelCase: KernelCase, unread: readonly BufferId[]) {
    const wanted = await runCase(reference, kernelCase);
    for (const [id, found] of await runCase(backend, kernelCase)) {
      if (unread.includes(id)) continue;
      const values = wanted.get(id)!;
      const scale = Math.max(1, ...values.map(Math.abs));
      const worst = Math.max(...found.map((value, i) => Math.abs(value - values[i]!)));
      expect(worst / scale, `buffer ${id}`).toBeLessThan(1e-5);
    }
  }

  const dispatchesOf = (backend: WebGpuBackend, kernelCase: KernelCase) =>
    backend.costOf(planOf(backend, kernelCase)).dispatches;

  describe('calls that share a dispatch', () => {
    afterAll(() => {
      software.dispose();
      hardware.dispose();
    });

    const summed = SHAPES.flatMap((shape, seed) => {
      const write = seed % 2 === 0 ? 'add' : 'overwrite';
      return [
        { what: 'statistics', shape, make: () => forwardCase(shape, seed) },
        { what: `gradient sums (${write})`, shape, make: () => backwardCase(shape, write, seed) },
      ];
    });
    it('folds all filters of a step in one dispatch', () => {
      const { graph } = NETWORK_ZOO['MobileNet-like']!();
      const phase = phaseOf(graph, BATCH_NORM_MODES.frozen!, OPTIMIZERS.adam!);
      const layout = layOutParameters(graph, phase, new Map());
      const { shape } = randomBatch(graph, classesOf(graph), 4, 1);
      const request = { graph, phase, layout, shape, startsAt: 'pictures', classWeights: 'none' } as const;
      const plan = compileTrainingPlan(request, software);
      const options = { tuning: SOFTWARE_TUNING, maxStorageBuffers: 10 };
      const folds = (labels: readonly string[]) =>
        labels.filter((label) => label.startsWith('foldBatchNorm'));
      expect(folds(plan.calls.map(({ kind }) => kind)).length).toBeGreaterThan(1);
      const { dispatches } = recordCalls(plan, plan.calls, options);
      expect(folds(dispatches.map(({ label }) => label))).toHaveLength(1);
    });

    it('takes the same sums along as tuned for hardware', () => {
      const { graph } = NETWORK_ZOO['MobileNet-like']!();
      const phase = phaseOf(graph, BATCH_NORM_MODES.trainable!, OPTIMIZERS.adam!);
      const layout = layOutParameters(graph, phase, new Map());
      const { shape } = randomBatch(graph, classesOf(graph), 4, 1);
      const request = { graph, phase, layout, shape, startsAt: 'pictures', classWeights: 'none' } as const;
      const plan = compileTrainingPlan(request, software);
      const [onSoftware, onHardware] = [SOFTWARE_TUNING, HARDWARE_TUNING].map((tuning) =>
        recordCalls(plan, plan.calls, { tuning, maxStorageBuffers: 10 })
          .dispatches.map(({ label }) => label)
          .filter((label) => /^batchNorm.*\(parts\)/.test(label)),
      );
      expect(onHardware).toEqual(onSoftware);
      const normalisers = graph.layers.filter(({ kind }) => kind === 'batchNorm').length;
      expect(onHardware!.length).toBeLessThan(normalisers);
    });

    it.each(summed)('$what of $shape: three calls in two dispatches', async ({ make }) => {
      expect(dispatchesOf(software, make())).toBe(2);
      await expectSameEnd(software, make(), []);
    });

    // So few threads that each makes several tiles of a part; so many that parts are added up in one dispatch more.
    const few = 2048;
    const onHardware = [
      ...PRODUCT_VARIANTS.map((variant) => ({ threads: few, variant })),
      { threads: HARDWARE_TUNING.threads, variant: 'workgroup32' } as const,
    ];
    describe.each(onHardware)('$threads threads of a GPU, products as $variant', ({ threads, variant }) => {
      const product = { forward: variant, inputGradient: variant, filterGradient: variant };
      const tuning = { ...HARDWARE_TUNING, threads, product };
      let backend: WebGpuBackend;
      beforeAll(async () => {
        backend = await createWebGpuBackend({ device, tuning });
      });
      afterAll(() => backend.dispose());

      const ofVariant = summed.filter(
        ({ shape }) => variant === 'workgroup32' || (shape.groups === 'one' && shape.kernel[0] === 1),
      );
      it.each(ofVariant)('$what of $shape: no pass over the rows', async ({ make }) => {
        const plan = planOf(backend, make());
        const { dispatches } = recordCalls(plan, plan.calls, { tuning, maxStorageBuffers: 10 });
        expect(dispatches.length).toBeLessThanOrEqual(threads === few ? 2 : 3);
        expect(dispatches.filter(({ label }) => label.includes('parts'))).toEqual([]);
        await expectSameEnd(backend, make(), []);
      });
    });

    it.each(SHAPES.map((shape, seed) => ({ shape, seed })))('gates in $shape', async ({ shape, seed }) => {
      for (const [backend, write] of [
        [software, 'add'],
        [hardware, 'overwrite'],
      ] as const) {
        const kernelCase = gatedCase(shape, write, seed);
        expect(dispatchesOf(backend, kernelCase)).toBe(1);
        await expectSameEnd(backend, kernelCase, []);
      }
    });

    it.each(SHAPES.map((shape, seed) => ({ shape, seed })))('unfolds in $shape', async ({ shape, seed }) => {
      const kernelCase = unfoldedCase(shape, seed);
      for (const backend of [software, hardware]) {
        expect(dispatchesOf(backend, kernelCase)).toBe(
          dispatchesOf(backend, { ...kernelCase, following: [] }),
        );
        await expectSameEnd(backend, kernelCase, idsOf(kernelCase.call.outputs));
      }
    });
  });
});
