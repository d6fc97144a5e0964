import { describe, expect, it } from 'vitest';
import { TRAINABLE_BATCH_NORM } from '../../../core/batch-norm';
import { createPlanExecutor } from '../../step-plan/executor/plan-executor';
import { NETWORK_ZOO } from '../../step-plan/testing/network-zoo';
import { classesOf, OPTIMIZERS, phaseOf, randomBatch } from '../../step-plan/testing/phases';
import { describeStepContract } from '../../step-plan/testing/step-contract';
import { createNodeWasmBackend, type KernelInstructions } from '../testing/wasm-kernels';

const TOLERANCES = { tolerance: 1e-4, weightTolerance: 1e-3 };
describeStepContract('WASM', { create: () => createNodeWasmBackend(), ...TOLERANCES });
describeStepContract('WASM with relaxed SIMD', {
  create: () => createNodeWasmBackend(1, 'relaxed'),
  ...TOLERANCES,
});

/** A few steps of the whole network. @returns all weights, and bytes and blocks held after each step */
async function trained(
  networkName: string,
  threads: number,
  steps: number,
  instructions: KernelInstructions = 'plain',
) {
  const network = NETWORK_ZOO[networkName]!();
  const backend = await createNodeWasmBackend(threads, instructions);
  const executor = await createPlanExecutor(network, backend);
  await executor.enterPhase(phaseOf(network.graph, TRAINABLE_BATCH_NORM, OPTIMIZERS.adam!));
  const held: string[] = [];
  for (let step = 0; step < steps; step += 1) {
    await executor.trainStep(
      randomBatch(network.graph, classesOf(network.graph), 4, step % 7),
      [0.01, 0.005],
    );
    const { bytes, tensors } = executor.stats();
    held.push(`${bytes} bytes in ${tensors} blocks`);
  }
  const weights = await executor.readWeights();
  executor.dispose();
  return { weights, held };
}

describe.each(Object.keys(NETWORK_ZOO))('the %s network on threads', (networkName) => {
  it.each([
    [2, 'plain'],
    [3, 'plain'],
    [2, 'relaxed'],
  ] as const)('gives on %i threads bit for bit the weights of one (%s)', async (threads, instructions) => {
    const one = await trained(networkName, 1, 3, instructions);
    const many = await trained(networkName, threads, 3, instructions);
    for (const [name, values] of one.weights) {
      const isEqual = Buffer.from(many.weights.get(name)!.buffer).equals(Buffer.from(values.buffer));
      expect(isEqual, name).toBe(true);
    }
  });
});

it('holds as much after 500 steps as after one', async () => {
  const [networkName] = Object.keys(NETWORK_ZOO);
  const { held } = await trained(networkName!, 1, 500);
  expect(new Set(held).size).toBe(1);
});
