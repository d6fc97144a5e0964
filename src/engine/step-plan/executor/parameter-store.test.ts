import { expect, it } from 'vitest';
import { createReferenceBackend } from '../../kernels/reference/reference-backend';
import type { KernelBackend, ParameterRegion } from '../backend';
import { NETWORK_ZOO } from '../testing/network-zoo';
import { BATCH_NORM_MODES, classesOf, OPTIMIZERS, phaseOf, randomBatch } from '../testing/phases';
import { createPlanExecutor } from './plan-executor';

/** Tells of every read of parameters. */
function watched(onRead: (region: ParameterRegion) => void): KernelBackend {
  const backend = createReferenceBackend();
  const allocate = backend.allocateParameters.bind(backend);
  backend.allocateParameters = async (layout) => {
    const memory = await allocate(layout);
    const read = memory.read.bind(memory);
    memory.read = (region, offset, elements) => {
      onRead(region);
      return read(region, offset, elements);
    };
    return memory;
  };
  return backend;
}

it('reads a region at once, however many variables it has', async () => {
  const network = NETWORK_ZOO[Object.keys(NETWORK_ZOO)[0]!]!();
  const reads: ParameterRegion[] = [];
  const takeReads = () => reads.splice(0).sort();
  const executor = await createPlanExecutor(
    network,
    watched((region) => reads.push(region)),
  );
  const phase = phaseOf(network.graph, BATCH_NORM_MODES.trainable!, OPTIMIZERS.adam!);
  await executor.enterPhase(phase);
  await executor.trainStep(randomBatch(network.graph, classesOf(network.graph), 2, 0), [0.01, 0.01]);
  takeReads();

  expect((await executor.readWeights()).size).toBeGreaterThan(5);
  expect(takeReads()).toEqual(['weights']);
  const state = await executor.readOptimizerState();
  expect(state.size).toBe(phase.trained.length);
  expect(takeReads()).toEqual(['slot0', 'slot1']);
  await executor.enterPhase(phase);
  expect(takeReads()).toEqual(['slot0', 'slot1', 'weights']);
  expect(await executor.readOptimizerState()).toEqual(state);
  executor.dispose();
});
