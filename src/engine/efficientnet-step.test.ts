import { beforeAll, describe, expect, it } from 'vitest';
import { type BatchNormMode, FROZEN_BATCH_NORM } from '../core/batch-norm';
import type { Network } from '../core/graph/graph';
import type { OptimizerOptions } from '../core/options/train-config';
import type { Batch } from './executor';
import { createNodeWasmBackend, type KernelInstructions } from './kernels/testing/wasm-kernels';
import { createPlanExecutor } from './step-plan/executor/plan-executor';
import {
  ADAM,
  ADAM_RATE,
  MOMENTUM,
  MOMENTUM_RATE,
  phaseOf,
  RECORDED_MODES,
  recordedBatch,
  recordedBy,
  recordedNetwork,
  SGD,
} from './testing/efficientnet-step';

/**
 * The recorded truth is PyTorch's float64. Its network has no value within 6.9 float32 errors of a ReLU6 gate, or
 * another float32 would take other gradients by up to 1e-2 (docs/reference-runs.md has the measurements).
 */
const TOLERANCE = 1e-4;

let network: Network;
let batch: Batch;

beforeAll(async () => {
  network = await recordedNetwork();
  batch = recordedBatch();
});

const CASES = RECORDED_MODES.flatMap((expected) =>
  (['plain', 'relaxed'] as const).map((instructions) => ({ ...expected, instructions })),
);

interface Training {
  readonly mode: BatchNormMode;
  readonly instructions: KernelInstructions;
  readonly optimizer: OptimizerOptions;
  readonly rate: number;
  readonly steps: number;
}

/** @returns losses of steps from the start, and how far the weights are from it then */
async function trained({ mode, instructions, optimizer, rate, steps }: Training) {
  const executor = await createPlanExecutor(network, await createNodeWasmBackend(1, instructions));
  await executor.enterPhase(phaseOf(network, mode, optimizer, 'all'));
  const losses: number[] = [];
  for (let index = 0; index < steps; index += 1) losses.push((await executor.trainStep(batch, [rate])).loss);
  const weights = await executor.readWeights();
  executor.dispose();
  const moved = (name: string) =>
    Float64Array.from(weights.get(name)!, (value, i) => value - network.weights.get(name)![i]!);
  return { losses, weights, moved };
}

function norm(values: ArrayLike<number>): number {
  let squares = 0;
  for (let i = 0; i < values.length; i += 1) squares += values[i]! ** 2;
  return Math.sqrt(squares);
}

/** Σ vₖ cos(k): sensitive to order and sign. */
function projection(values: Float64Array): number {
  return values.reduce((sum, value, k) => sum + value * Math.cos(k), 0);
}

function relativeDistance(found: ArrayLike<number>, wanted: readonly number[]): number {
  return norm(wanted.map((value, i) => value - found[i]!)) / norm(wanted);
}

function isBitwiseEqual(a: Float32Array, b: Float32Array): boolean {
  return Buffer.from(Float32Array.from(a).buffer).equals(Buffer.from(Float32Array.from(b).buffer));
}

describe.each(CASES)(
  'steps of the whole EfficientNet-Lite0 beside PyTorch, $title, $instructions SIMD',
  ({ mode, recorded, instructions }) => {
    const train = (optimizer: OptimizerOptions, rate: number, steps = 1) =>
      trained({ mode, instructions, optimizer, rate, steps });

    it('losses of three steps of SGD with momentum', async () => {
      const { losses } = await train(MOMENTUM, MOMENTUM_RATE, 3);
      for (const [index, wanted] of recorded.losses.entries()) {
        expect(Math.abs(losses[index]! / wanted - 1), `loss ${index}`).toBeLessThan(TOLERANCE);
      }
    });

    it('gradient and first Adam update of every variable, and the running statistics', async () => {
      // w − rate · g with a rate so large that hardly anything of g is rounded away.
      const sgdRate = 2 ** 10;
      const sgd = await train(SGD, sgdRate);
      const adam = await train(ADAM, ADAM_RATE);
      const gradientOf = (name: string) => sgd.moved(name).map((value) => -value / sgdRate);

      for (const [name, variable] of recordedBy(recorded.variables)) {
        // What the next BatchNorm takes out again has no gradient but rounding.
        if (variable.zeroGradient) continue;
        const gradient = gradientOf(name);
        const { gradientNorm, adamWeight } = variable;
        expect(Math.abs(norm(gradient) / gradientNorm - 1), `gradient norm of ${name}`).toBeLessThan(
          TOLERANCE,
        );
        const gradientDistance = Math.abs(projection(gradient) - variable.gradientProjection);
        expect(gradientDistance / gradientNorm, `gradient of ${name}`).toBeLessThan(TOLERANCE);
        // Adam's first update is the gradient's sign; weighted by it, a sign that is rounding counts for nothing.
        const weighted = adam.moved(name).map((value, i) => value * gradient[i]!);
        const updateDistance = Math.abs(projection(weighted) - variable.adamProjection);
        expect(updateDistance / adamWeight, `update of ${name}`).toBeLessThan(TOLERANCE);
      }
      for (const [name, values] of recordedBy(recorded.gradients)) {
        expect(relativeDistance(gradientOf(name), values), `gradients of ${name}`).toBeLessThan(TOLERANCE);
      }
      for (const [name, values] of recordedBy(recorded.updates)) {
        const gradients = Object.fromEntries(recordedBy(recorded.gradients))[name]!;
        const clear = (TOLERANCE * norm(gradients)) / Math.sqrt(gradients.length);
        const moved = adam.moved(name);
        const distances = values.flatMap((value, i) =>
          Math.abs(gradients[i]!) > clear ? [Math.abs(moved[i]! - value)] : [],
        );
        expect(distances.length, name).toBeGreaterThan(0.8 * values.length);
        expect(Math.max(...distances) / ADAM_RATE, `updates of ${name}`).toBeLessThan(TOLERANCE);
      }
      for (const [name, values] of Object.entries(recorded.statistics)) {
        expect(relativeDistance(adam.weights.get(name)!, values), name).toBeLessThan(1e-5);
      }
    });
  },
);

it('a frozen backbone is bit for bit as it was, kept values or not', async () => {
  const started = async () => {
    const executor = await createPlanExecutor(network, await createNodeWasmBackend());
    await executor.enterPhase(phaseOf(network, FROZEN_BATCH_NORM, ADAM, 'head'));
    return executor;
  };
  const executor = await started();
  const known: Batch = { ...batch, pictureIds: ['0', '1', '2', '3'] };
  const plain = await started();
  for (let index = 0; index < 3; index += 1) {
    const kept = await executor.trainStep(known, [0.01]);
    const whole = await plain.trainStep(batch, [0.01]);
    expect(Math.abs(kept.loss / whole.loss - 1)).toBeLessThan(1e-6);
  }
  expect(executor.cacheSize.pictures).toBe(4);
  expect(executor.planView()).toMatchObject({ startsAt: 'frozenValues', calls: expect.any(Number) });
  expect(executor.planView()!.calls).toBeLessThan(10);
  for (const [name, values] of await executor.readWeights()) {
    const isSame = isBitwiseEqual(values, network.weights.get(name)!);
    expect(isSame, name).toBe(!name.startsWith('head_logits/'));
  }
  executor.dispose();
  plain.dispose();
});
