import { describe, expect, it } from 'vitest';
import type { Network } from '../../../core/graph/graph';
import type { ExecutablePhase } from '../../executor';
import { createReferenceBackend } from '../../kernels/reference/reference-backend';
import type { KernelBackend } from '../backend';
import { createPlanExecutor, type PlanExecutor } from '../executor/plan-executor';
import { NETWORK_ZOO } from './network-zoo';
import { BATCH_NORM_MODES, classesOf, OPTIMIZERS, phaseOf, randomBatch } from './phases';

export interface StepContract {
  readonly create: () => Promise<KernelBackend>;
  /** On losses, logits and features, relative to the largest value (at least 1). */
  readonly tolerance: number;
  /** On weights after three steps; Adam divides by small numbers, so more than on losses. */
  readonly weightTolerance: number;
  /** Default: every network of the zoo. */
  readonly networks?: readonly string[];
}

const STEPS = 3;
const RATES = [0.01, 0.005];

/** The assertions every backend's whole steps are put through: each beside the float64 reference. */
export function describeStepContract(title: string, contract: StepContract): void {
  const networks = contract.networks ?? Object.keys(NETWORK_ZOO);
  describe.each(networks)(`steps of the %s network on ${title}`, (networkName) => {
    const network = NETWORK_ZOO[networkName]!();
    const middle = network.graph.layers[Math.floor(network.graph.layers.length / 2)]!.name;

    it.each(Object.keys(BATCH_NORM_MODES))('BatchNorm %s: losses and weights', async (mode) => {
      await withBoth(contract, network, async (tested, reference) => {
        // A phase with the first half frozen, then the whole: what was trained goes on with its state.
        for (const frozenUpTo of [middle, null]) {
          const phase = phaseOf(network.graph, BATCH_NORM_MODES[mode]!, OPTIMIZERS.adam!, frozenUpTo);
          await expectEqualSteps(contract, network, phase, tested, reference);
        }
      });
    });

    it.each(['sgd', 'momentum', 'adamw'])('%s: losses and weights', async (optimizer) => {
      await withBoth(contract, network, async (tested, reference) => {
        const phase = phaseOf(network.graph, BATCH_NORM_MODES.trainable!, OPTIMIZERS[optimizer]!);
        await expectEqualSteps(contract, network, phase, tested, reference);
      });
    });

    it('leaves what is frozen bit for bit as it was', async () => {
      const tested = await createPlanExecutor(network, await contract.create());
      const phase = phaseOf(network.graph, BATCH_NORM_MODES.frozen!, OPTIMIZERS.adamw!, middle);
      await train(tested, network, phase);
      const trained = new Set(phase.trained.map(({ name }) => name));
      const after = await tested.readWeights();
      for (const [name, values] of network.weights) {
        const bitsMoved = !Buffer.from(after.get(name)!.buffer).equals(
          Buffer.from(Float32Array.from(values).buffer),
        );
        expect(bitsMoved, name).toBe(trained.has(name));
      }
      tested.dispose();
    });

    it('predicts and gives features', async () => {
      await withBoth(contract, network, async (tested, reference) => {
        const { images, shape } = randomBatch(network.graph, classesOf(network.graph), 5, 3);
        const wanted = await reference.predict(images, shape);
        expectClose(await tested.predict(images, shape), wanted, contract.tolerance, 'logits');
        const wantedFeatures = await reference.features(images, shape, middle);
        const features = await tested.features(images, shape, middle);
        expectClose(features, wantedFeatures, contract.tolerance, 'features');
      });
    });
  });
}

async function withBoth(
  contract: StepContract,
  network: Network,
  compare: (tested: PlanExecutor, reference: PlanExecutor) => Promise<void>,
): Promise<void> {
  const tested = await createPlanExecutor(network, await contract.create());
  const reference = await createPlanExecutor(network, createReferenceBackend());
  try {
    await compare(tested, reference);
  } finally {
    tested.dispose();
    reference.dispose();
  }
}

async function train(executor: PlanExecutor, network: Network, phase: ExecutablePhase): Promise<number[]> {
  await executor.enterPhase(phase);
  const losses: number[] = [];
  for (let step = 0; step < STEPS; step += 1) {
    // The last batch of an epoch is smaller.
    const count = step === STEPS - 1 ? 1 + BATCH / 2 : BATCH;
    const batch = randomBatch(network.graph, classesOf(network.graph), count, step);
    losses.push((await executor.trainStep(batch, RATES)).loss);
  }
  return losses;
}

const BATCH = 4;

async function expectEqualSteps(
  contract: StepContract,
  network: Network,
  phase: ExecutablePhase,
  tested: PlanExecutor,
  reference: PlanExecutor,
): Promise<void> {
  const wanted = await train(reference, network, phase);
  expectClose(await train(tested, network, phase), wanted, contract.tolerance, 'losses');
  const weights = await tested.readWeights();
  for (const [name, values] of await reference.readWeights()) {
    expectClose(weights.get(name)!, values, contract.weightTolerance, name);
  }
}

function expectClose(
  found: ArrayLike<number>,
  wanted: ArrayLike<number>,
  tolerance: number,
  what: string,
): void {
  expect(found.length, what).toBe(wanted.length);
  let scale = 1;
  let worst = 0;
  for (let i = 0; i < wanted.length; i += 1) {
    scale = Math.max(scale, Math.abs(wanted[i]!));
    const distance = Math.abs(found[i]! - wanted[i]!);
    worst = Math.max(worst, Number.isNaN(distance) ? Number.POSITIVE_INFINITY : distance);
  }
  expect(worst / scale, what).toBeLessThanOrEqual(tolerance);
}
