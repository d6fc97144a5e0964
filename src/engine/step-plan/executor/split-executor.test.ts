import { expect, it } from 'vitest';
import { withKeptHead } from '../../../core/graph/graph-edit';
import type { Batch, ExecutablePhase, Executor } from '../../executor';
import { createReferenceBackend } from '../../kernels/reference/reference-backend';
import { createNodeWasmBackend } from '../../kernels/testing/wasm-kernels';
import { NETWORK_ZOO } from '../testing/network-zoo';
import { BATCH_NORM_MODES, classesOf, OPTIMIZERS, phaseOf, randomBatch } from '../testing/phases';
import { createPlanExecutor } from './plan-executor';
import { SplitExecutor } from './split-executor';

const KEEP_EVERYTHING = { budgetBytes: 1e9, leastWorkPerValue: 0, openDisk: null };
const RATES = [0.01, 0.005];

const END = 'sum2Act';
const network = withKeptHead(NETWORK_ZOO['ResNet-like']!(), END);
const random = randomBatch(network.graph, classesOf(network.graph), 6, 1);
const batch: Batch = { ...random, pictureIds: Array.from({ length: 6 }, (_, index) => `picture ${index}`) };

async function split() {
  const whole = await createPlanExecutor(network, await createNodeWasmBackend(), KEEP_EVERYTHING);
  const short = await createPlanExecutor(network, createReferenceBackend(), KEEP_EVERYTHING, whole);
  return { whole, short, executor: new SplitExecutor(whole, short) };
}

function phase(mode: 'trainable' | 'frozen', frozenUpTo: string | null): ExecutablePhase {
  return phaseOf(network.graph, BATCH_NORM_MODES[mode]!, OPTIMIZERS.adam!, frozenUpTo);
}

/** The head alone, all of it, and the head again on other frozen values than before. */
const PHASES = [phase('frozen', END), phase('trainable', null), phase('frozen', END)];

async function train(executor: Executor) {
  const losses: number[] = [];
  const logits: number[] = [];
  for (const each of PHASES) {
    await executor.enterPhase(each);
    for (let step = 0; step < 3; step += 1) losses.push((await executor.trainStep(batch, RATES)).loss);
    logits.push(...(await executor.evaluate(batch)));
  }
  const weights = [...(await executor.readWeights()).values()].flatMap((values) => [...values]);
  const state = [...(await executor.readOptimizerState()).values()].map(({ stepCount }) => stepCount);
  return { losses, logits, weights, state };
}

it('trains as one executor does, whichever of the two takes the steps', async () => {
  const alone = await createPlanExecutor(network, createReferenceBackend(), KEEP_EVERYTHING);
  const wanted = await train(alone);
  const found = await train((await split()).executor);
  for (const what of ['losses', 'logits', 'weights'] as const) {
    expect(found[what]).toHaveLength(wanted[what].length);
    const worst = Math.max(...wanted[what].map((value, i) => Math.abs(value - found[what][i]!)));
    expect(worst, what).toBeLessThan(1e-4);
  }
  expect(found.state).toEqual(wanted.state);
});

it('takes the steps of the head on kept values there, and every other step here', async () => {
  const { whole, short, executor } = await split();
  await executor.enterPhase(phase('frozen', END));
  await executor.trainStep(batch, RATES);
  expect(short.planView()).toMatchObject({ startsAt: 'frozenValues', kept: { pictures: 6 } });
  expect(whole.planView()).toBeNull();

  const statisticsMove = phaseOf(network.graph, BATCH_NORM_MODES.trainable!, OPTIMIZERS.adam!, END);
  for (const each of [phase('trainable', null), statisticsMove]) {
    const before = short.stats();
    await executor.enterPhase(each);
    await executor.trainStep(batch, RATES);
    expect(whole.planView()).not.toBeNull();
    expect(short.stats().dispatches).toBe(before.dispatches);
  }
});

it('computes anew with weights that were written from outside', async () => {
  const { executor } = await split();
  await executor.enterPhase(phase('frozen', END));
  await executor.trainStep(batch, RATES);
  const before = await executor.evaluate(batch);
  const weights = await executor.readWeights();
  const [first] = weights.keys();
  await executor.writeWeights(new Map([[first!, weights.get(first!)!.map((value) => value * 1.5)]]));
  const alone = await createPlanExecutor(network, createReferenceBackend(), KEEP_EVERYTHING);
  await alone.writeWeights(await executor.readWeights());
  const wanted = await alone.evaluate(batch);
  const found = await executor.evaluate(batch);
  expect(found).not.toEqual(before);
  const worst = Math.max(...wanted.map((value, i) => Math.abs(value - found[i]!)));
  expect(worst).toBeLessThan(1e-4);
});
