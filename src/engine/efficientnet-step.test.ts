import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { type BatchNormMode, FROZEN_BATCH_NORM, TRAINABLE_BATCH_NORM } from '../core/batch-norm';
import { isStatistic, type Network } from '../core/graph';
import { cutAtBackboneEnd, withNewHead } from '../core/graph-edit';
import type { OptimizerOptions } from '../core/train-config';
import type { Batch, ExecutablePhase } from './executor';
import { createNodeWasmBackend, type KernelInstructions } from './kernels/testing/wasm-kernels';
import { readLayersModelFromFiles } from './readers/layers-model';
import { createPlanExecutor, type PlanExecutor } from './step-plan/plan-executor';
import { bufferOf } from './testing/lightning-tiny';

/** docs/reference-runs.md tells what was recorded, and how far PyTorch's own float32 is from it. */
interface RecordedSteps {
  readonly losses: readonly number[];
  readonly sgdLosses: readonly number[];
  readonly variables: Readonly<
    Record<
      string,
      {
        readonly zeroGradient: boolean;
        readonly gradientNorm: number;
        readonly updateNorm: number;
        readonly updatedProjection: number;
      }
    >
  >;
  readonly gradients: Readonly<Record<string, readonly number[]>>;
  readonly updated: Readonly<Record<string, readonly number[]>>;
  readonly statisticsAfterFirstStep: Readonly<Record<string, readonly number[]>>;
}

const FOLDER = 'fixtures/efficientnet-step';
const step = JSON.parse(readFileSync(`${FOLDER}/step.json`, 'utf8')) as {
  readonly shape: Batch['shape'];
  readonly labels: readonly number[];
  readonly adam: { readonly learningRate: number };
  readonly sgd: { readonly learningRate: number };
  readonly batchNormTrained: RecordedSteps;
  readonly batchNormFrozen: RecordedSteps;
};
const ADAM: OptimizerOptions = { kind: 'adam', beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0 };
const SGD: OptimizerOptions = { kind: 'sgd', momentum: 0, weightDecay: 0 };

/**
 * A few of 4.5 million ReLU6 gates flip in any float32 (three in PyTorch's own with BatchNorm trained). Here one
 * does in block 3 where BatchNorm is frozen, because it is folded into the filters: everything behind it agrees to
 * 1e-6, the gradients before it to 1e-3, and the steps grow it, as these runs at batch 4 do not settle. So the
 * median is held to rounding, the worst to what a gate may cost.
 */
const MODES = [
  {
    title: 'BatchNorm frozen',
    mode: FROZEN_BATCH_NORM,
    recorded: step.batchNormFrozen,
    adamLosses: [1e-4, 2e-4, 1e-2],
    sgdLosses: [1e-4, 1e-4, 5e-3],
    updateNorm: 1e-4,
  },
  {
    title: 'BatchNorm trained',
    mode: TRAINABLE_BATCH_NORM,
    recorded: step.batchNormTrained,
    adamLosses: [1e-4, 5e-4, 5e-3],
    sgdLosses: [1e-4, 1e-4, 5e-4],
    // Adam's first step is a gradient's sign, and some gradients of shifts are nothing but rounding.
    updateNorm: 0.1,
  },
] as const;
const CASES = MODES.flatMap((expected) =>
  (['plain', 'relaxed'] as const).map((instructions) => ({ ...expected, instructions })),
);
const MEDIAN = 1e-5;
const GRADIENT_NORM = 1e-3;
const GRADIENT = 3e-3;
const UPDATED = 1e-4;

let network: Network;
let batch: Batch;

beforeAll(async () => {
  const names = ['model.json', 'group1-shard1of2.bin', 'group1-shard2of2.bin'];
  const whole = await readLayersModelFromFiles(
    names.map((name) => ({ name, bytes: bufferOf(`public/backbones/efficientnet-lite0/${name}`) })),
  );
  const headed = withNewHead(cutAtBackboneEnd(whole, 'top_relu'), step.labels.length, 0);
  const head = new Float32Array(bufferOf(`${FOLDER}/head.bin`));
  const kernel = headed.weights.get('head_logits/kernel')!.length;
  const weights = new Map(headed.weights);
  weights.set('head_logits/kernel', head.slice(0, kernel));
  weights.set('head_logits/bias', head.slice(kernel));
  network = { graph: headed.graph, weights };
  const images = new Float32Array(bufferOf('fixtures/efficientnet-lite0/reference-input-96.bin'));
  batch = { images, shape: step.shape, labels: Int32Array.from(step.labels) };
});

function phaseOf(mode: BatchNormMode, optimizer: OptimizerOptions, part: 'all' | 'head'): ExecutablePhase {
  const { layers } = network.graph;
  const trained = layers
    .filter((layer) => (part === 'all' || layer.part === 'head') && trains(layer.kind, mode))
    .flatMap((layer) => layer.weights.filter(({ role }) => !isStatistic(role)))
    .map(({ name }) => ({ name, group: 0 }));
  const batchNorm = layers.flatMap((layer) =>
    layer.kind === 'batchNorm' ? [[layer.name, mode] as const] : [],
  );
  return { trained, batchNorm: new Map(batchNorm), optimizer };
}

function trains(kind: string, mode: BatchNormMode): boolean {
  return kind !== 'batchNorm' || mode.affine === 'trained';
}

async function started(
  phase: ExecutablePhase,
  instructions: KernelInstructions = 'plain',
): Promise<PlanExecutor> {
  const executor = await createPlanExecutor(network, await createNodeWasmBackend(1, instructions));
  await executor.enterPhase(phase);
  return executor;
}

/** The record calls the head's layer `logits`. */
function recordedBy<Value>(values: Readonly<Record<string, Value>>): readonly (readonly [string, Value])[] {
  return Object.entries(values).map(([name, value]) => [name.replace(/^logits\//, 'head_logits/'), value]);
}

function norm(values: ArrayLike<number>): number {
  let squares = 0;
  for (let i = 0; i < values.length; i += 1) squares += values[i]! ** 2;
  return Math.sqrt(squares);
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1]!;
}

function relative(found: number, wanted: number): number {
  return Math.abs(found - wanted) / Math.abs(wanted);
}

function relativeDistance(found: ArrayLike<number>, wanted: readonly number[]): number {
  const distance = norm(wanted.map((value, i) => value - found[i]!));
  return distance / Math.max(norm(wanted), Number.MIN_VALUE);
}

describe.each(CASES)('whole EfficientNet-Lite0 beside PyTorch, $title, $instructions SIMD', (expected) => {
  const { mode, recorded, instructions } = expected;

  it('losses of three steps of Adam, and what the first one moved', async () => {
    const executor = await started(phaseOf(mode, ADAM, 'all'), instructions);
    const updateNorms: number[] = [];
    const worst = { updated: 0, statistics: 0 };
    for (const [index, wanted] of recorded.losses.entries()) {
      const { loss } = await executor.trainStep(batch, [step.adam.learningRate]);
      expect(relative(loss, wanted), `loss ${index}`).toBeLessThan(expected.adamLosses[index]!);
      if (index > 0) continue;
      const weights = await executor.readWeights();
      for (const [name, variable] of recordedBy(recorded.variables)) {
        if (variable.zeroGradient) continue;
        const before = network.weights.get(name)!;
        const moved = norm(weights.get(name)!.map((value, i) => value - before[i]!));
        updateNorms.push(relative(moved, variable.updateNorm));
      }
      for (const [name, values] of recordedBy(recorded.updated)) {
        worst.updated = Math.max(worst.updated, relativeDistance(weights.get(name)!, values));
      }
      for (const [name, values] of recordedBy(recorded.statisticsAfterFirstStep)) {
        worst.statistics = Math.max(worst.statistics, relativeDistance(weights.get(name)!, values));
      }
    }
    expect(worst.updated, 'updated weights').toBeLessThan(UPDATED);
    expect(median(updateNorms), 'median of updates').toBeLessThan(MEDIAN);
    expect(Math.max(...updateNorms), 'norms of updates').toBeLessThan(expected.updateNorm);
    expect(worst.statistics, 'running statistics').toBeLessThan(1e-5);
    executor.dispose();
  });

  it('losses of three steps of SGD', async () => {
    const executor = await started(phaseOf(mode, SGD, 'all'), instructions);
    for (const [index, wanted] of recorded.sgdLosses.entries()) {
      const { loss } = await executor.trainStep(batch, [step.sgd.learningRate]);
      expect(relative(loss, wanted), `loss ${index}`).toBeLessThan(expected.sgdLosses[index]!);
    }
    executor.dispose();
  });

  it('gradients: the norm of every variable, all values of some', async () => {
    const executor = await started(phaseOf(mode, SGD, 'all'), instructions);
    // w − rate · g with a rate so large that hardly anything of g is rounded away.
    const rate = 2 ** 10;
    await executor.trainStep(batch, [rate]);
    const weights = await executor.readWeights();
    const gradientOf = (name: string) =>
      weights.get(name)!.map((value, i) => (network.weights.get(name)![i]! - value) / rate);
    const norms: number[] = [];
    for (const [name, variable] of recordedBy(recorded.variables)) {
      if (variable.zeroGradient) continue;
      norms.push(relative(norm(gradientOf(name)), variable.gradientNorm));
    }
    expect(median(norms), 'median of norms').toBeLessThan(MEDIAN);
    expect(Math.max(...norms), 'norms').toBeLessThan(GRADIENT_NORM);
    for (const [name, values] of recordedBy(recorded.gradients)) {
      expect(relativeDistance(gradientOf(name), values), name).toBeLessThan(GRADIENT);
    }
    executor.dispose();
  });
});

it('a frozen backbone is bit for bit as it was, kept values or not', async () => {
  const executor = await started(phaseOf(FROZEN_BATCH_NORM, ADAM, 'head'));
  const known: Batch = { ...batch, pictureIds: ['0', '1', '2', '3'] };
  const plain = await started(phaseOf(FROZEN_BATCH_NORM, ADAM, 'head'));
  for (let index = 0; index < 3; index += 1) {
    const kept = await executor.trainStep(known, [0.01]);
    const whole = await plain.trainStep(batch, [0.01]);
    expect(relative(kept.loss, whole.loss)).toBeLessThan(1e-6);
  }
  expect(executor.cacheSize.pictures).toBe(4);
  expect(executor.planView()).toMatchObject({ startsAt: 'frozenValues', calls: expect.any(Number) });
  expect(executor.planView()!.calls).toBeLessThan(10);
  for (const [name, values] of await executor.readWeights()) {
    const isSame = Buffer.from(values.buffer).equals(
      Buffer.from(Float32Array.from(network.weights.get(name)!).buffer),
    );
    expect(isSame, name).toBe(!name.startsWith('head_logits/'));
  }
  executor.dispose();
  plain.dispose();
});
