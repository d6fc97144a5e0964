import { describe, expect, it } from 'vitest';
import { createReferenceBackend } from '../kernels/reference/reference-backend';
import type { BackendTraits } from './backend';
import { buffersOf } from './call-buffers';
import { compileEvaluationPlan } from './compile/compile-evaluation';
import { compilePrefixPlan, compileTrainingPlan, type TrainingRequest } from './compile/compile-training';
import { summarizePlan } from './compile/plan-summary';
import { unsupportedLayer } from './compile/supported-layers';
import { layOutParameters } from './parameter-layout';
import { ALIGNMENT_WORDS, aligned, type StepPlan } from './plan';
import { NETWORK_ZOO } from './testing/network-zoo';
import { BATCH_NORM_MODES, classesOf, OPTIMIZERS, phaseOf, randomBatch } from './testing/phases';

const TRAITS: BackendTraits = {
  inPlace: 'allowed',
  segmentWords: Number.POSITIVE_INFINITY,
  scratchElements: (call) => call.layer.length,
  compactable: () => new Set(),
};

function requestOf(network: string, mode: string, frozenUpTo: string | null): TrainingRequest {
  const { graph } = NETWORK_ZOO[network]!();
  const phase = phaseOf(graph, BATCH_NORM_MODES[mode]!, OPTIMIZERS.adam!, frozenUpTo);
  const layout = layOutParameters(graph, phase, new Map());
  const { shape } = randomBatch(graph, classesOf(graph), 4, 1);
  return { graph, phase, layout, shape, startsAt: 'pictures', classWeights: 'none' };
}

function kindsFor(plan: StepPlan, layer: string): readonly string[] {
  return plan.calls.filter((call) => call.layer === layer).map((call) => call.kind);
}

describe('the memory pass', () => {
  const plans = Object.keys(NETWORK_ZOO).flatMap((network) =>
    Object.keys(BATCH_NORM_MODES).map((mode) => ({ network, mode })),
  );
  it.each(plans)('keeps what is alive at once apart: $network, BatchNorm $mode', ({ network, mode }) => {
    const plan = compileTrainingPlan(requestOf(network, mode, null), { ...TRAITS, inPlace: 'forbidden' });
    const arena = plan.buffers.filter((buffer) => buffer.region === 'arena');
    for (const [index, a] of arena.entries()) {
      expect(a.offset % ALIGNMENT_WORDS).toBe(0);
      expect(a.offset + a.elements).toBeLessThanOrEqual(plan.arenaWords);
      for (const b of arena.slice(index + 1)) {
        const together = a.life.first <= b.life.last && b.life.first <= a.life.last;
        const overlap = a.offset < b.offset + b.elements && b.offset < a.offset + a.elements;
        expect(together && overlap, `${a.name} and ${b.name}`).toBe(false);
      }
    }
  });

  it('uses memory again: the arena is much smaller than all buffers together', () => {
    const plan = compileTrainingPlan(requestOf('ResNet-like', 'trainable', null), TRAITS);
    const all = plan.buffers
      .filter(({ region }) => region === 'arena')
      .reduce((sum, b) => sum + aligned(b.elements), 0);
    expect(plan.arenaWords).toBeLessThan(0.7 * all);
  });

  it('gives every buffer of a call a place inside its region', () => {
    const request = requestOf('MobileNet-like', 'frozen', 'pwAct');
    const plan = compileTrainingPlan(request, TRAITS);
    const sizes = { ...request.layout.elements, prepared: plan.preparedElements, arena: plan.arenaWords };
    for (const call of [...plan.calls, ...plan.prepare]) {
      for (const id of buffersOf(call)) {
        const { region, offset, elements, name } = plan.buffers[id]!;
        expect(offset, name).toBeGreaterThanOrEqual(0);
        expect(offset + elements, name).toBeLessThanOrEqual(sizes[region]);
      }
    }
  });
});

describe('fusion', () => {
  it('folds every BatchNorm, activation, residual sum and padding away in evaluation', () => {
    const { graph } = NETWORK_ZOO['MobileNet-like']!();
    const layout = layOutParameters(graph, null, new Map());
    const plan = compileEvaluationPlan({ graph, layout, shape: [2, 9, 9, 3], startsAt: [] }, TRAITS);
    const kinds = plan.calls.map((call) => call.kind);
    expect(kinds).toEqual([
      'rescale',
      'conv2d',
      'conv2d',
      'depthwiseConv2d',
      'sumPositions',
      'conv2d',
      'conv2d',
      'multiply',
      'conv2d',
      'depthwiseConv2d',
      'sumPositions',
      'conv2d',
    ]);
    expect(plan.prepare.map((call) => call.kind)).toEqual(Array(5).fill('foldBatchNorm'));
    const project = plan.calls.find((call) => call.layer === 'project');
    expect(project?.inputs).toMatchObject({ residual: expect.any(Number) });
  });

  it('runs a trained BatchNorm with its activation and its residual in one call each way', () => {
    const plan = compileTrainingPlan(requestOf('MobileNet-like', 'trainable', null), TRAITS);
    expect(kindsFor(plan, 'stemBn')).toEqual([
      'batchNormStatistics',
      'batchNormApply',
      'batchNormParameterGradient',
      'batchNormInputGradient',
    ]);
    expect(plan.calls.filter((call) => call.kind === 'add')).toEqual([]);
  });

  it('folds a frozen BatchNorm under a filter that trains, and scales its gradient back', () => {
    const plan = compileTrainingPlan(requestOf('ResNet-like', 'frozen', null), TRAITS);
    expect(kindsFor(plan, 'a1')).toEqual([
      'conv2d',
      'activationGradient',
      'conv2dFilterGradient',
      'unfoldGradient',
      'conv2dInputGradient',
    ]);
    expect(plan.prepare).toEqual([]);
  });
});

describe('a frozen prefix', () => {
  it('gets no backward call, and its weights are prepared once', () => {
    const plan = compileTrainingPlan(requestOf('MobileNet-like', 'frozen', 'dw2Act'), TRAITS);
    expect(plan.calls.filter((call) => /Gradient/.test(call.kind)).map((call) => call.kind)).toEqual([
      'conv2dFilterGradient',
    ]);
    expect(plan.prepare).toHaveLength(5);
    expect(plan.calls.filter((call) => call.kind === 'adamUpdate')).toHaveLength(1);
  });

  it('computed once and kept gives the loss and the gradients of the whole step, bit for bit', async () => {
    for (const frozenUpTo of ['stemAct', 'a2Bn', 'sum2Act']) {
      const request = requestOf('ResNet-like', 'frozen', frozenUpTo);
      const network = NETWORK_ZOO['ResNet-like']!();
      const batch = randomBatch(network.graph, classesOf(network.graph), 4, 1);
      const backend = createReferenceBackend();
      const parameters = await backend.allocateParameters(request.layout);
      for (const [name, values] of network.weights) {
        parameters.write('weights', request.layout.variables.get(name)!.offset, values);
      }
      const values = new Map<string, ArrayLike<number> & Iterable<number>>([
        ['input', batch.images],
        ['labels', batch.labels],
      ]);
      const run = async (plan: StepPlan) => {
        const loaded = await backend.load(plan, parameters);
        await loaded.prepare();
        for (const input of plan.inputs) loaded.write(input.buffer, values.get(input.name)!);
        await loaded.run(plan.scalars.map(() => 0));
        for (const { name, buffer } of plan.outputs) values.set(name, await loaded.read(buffer));
        const gradients = await parameters.read('gradients', 0, request.layout.elements.gradients);
        return { gradients, outcome: [...values.get(plan.outputs[0]!.name)!] };
      };
      const whole = await run(compileTrainingPlan(request, TRAITS));
      await run(compilePrefixPlan(request, TRAITS));
      values.delete('input');
      const rest = compileTrainingPlan({ ...request, startsAt: 'frozenPrefix' }, TRAITS);
      expect(rest.calls.length).toBeLessThan(compileTrainingPlan(request, TRAITS).calls.length);
      expect(await run(rest)).toEqual(whole);
    }
  });

  it('ends before the first BatchNorm that moves', () => {
    const plan = compilePrefixPlan(requestOf('ResNet-like', 'trainable', 'sum2Act'), TRAITS);
    // The stem's convolution has no statistics: it is frozen, what comes after it is not.
    expect(plan.outputs.map(({ name }) => name)).toEqual(['stem']);
  });
});

it('updates the variables of one group in one call, of two counts of updates in two', () => {
  const { graph } = NETWORK_ZOO.branching!();
  const phase = phaseOf(graph, BATCH_NORM_MODES.trainable!, OPTIMIZERS.adam!);
  const groups = new Set(phase.trained.map(({ group }) => group));
  expect(layOutParameters(graph, phase, new Map()).updates).toHaveLength(groups.size);
  const counts = new Map([[phase.trained[0]!.name, 7]]);
  expect(layOutParameters(graph, phase, counts).updates).toHaveLength(groups.size + 1);
});

it('names the first layer that a backend has no kernel for', () => {
  const { graph } = NETWORK_ZOO['ConvNeXt-like']!();
  const all = createReferenceBackend().kernels;
  expect(unsupportedLayer(graph, all)).toBeNull();
  const without = new Set([...all].filter((kind) => kind !== 'layerNormInputGradient'));
  expect(unsupportedLayer(graph, without)).toBe('norm');
});

it('prints calls, bytes, peak and the ten costliest', () => {
  const plan = compileTrainingPlan(requestOf('ResNet-like', 'trainable', null), TRAITS);
  const summary = summarizePlan(plan);
  expect(summary.costliest).toHaveLength(10);
  // The stem: 6 × 6 positions of 6 filters over 7 × 7 × 3, four pictures.
  const stem = plan.calls.find((call) => call.kind === 'conv2d' && call.layer === 'stem')!;
  expect(stem.kind === 'conv2d' && stem.geometry.outputHeight).toBe(6);
  expect(summary.costliest[0]).toMatchObject({ layer: 'stem', multiplyAccumulates: 4 * 36 * 6 * 147 });
});
