import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ThawError } from '../../core/errors';
import type { SerializableTrainConfig } from '../../core/options/train-config';
import type { CostReport } from '../../core/run/cost-report';
import type { ThawState } from '../state';
import { costReport } from '../testing/cost-report';
import { createFakeWorld } from '../testing/fake-ports';
import { createThaw } from '../thaw-store';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

/** A page with backbone and data, on which every question for the cost waits for its answer. */
async function openReady() {
  const world = createFakeWorld();
  const asked: {
    readonly config: SerializableTrainConfig;
    readonly answer: (report: CostReport | null) => void;
    readonly fail: (error: Error) => void;
  }[] = [];
  const worker = {
    ...world.ports.worker,
    estimate: (config: SerializableTrainConfig) =>
      new Promise<CostReport | null>((answer, fail) => asked.push({ config, answer, fail })),
  };
  const thaw = createThaw({ ...world.ports, worker }, '');
  const cost = (): ThawState['cost'] => thaw.store.getState().cost;
  await thaw.actions.loadBackbone({ kind: 'bundled', id: 'tiny' });
  expect(cost()).toEqual({ status: 'estimating', before: null });
  await thaw.actions.setData({ kind: 'sample' });
  const pass = () => vi.advanceTimersByTimeAsync(1000);
  return { world, thaw, asked, cost, pass };
}

describe('the cost on the page', () => {
  it('is asked for once after a burst of changes, and then shown', async () => {
    const { thaw, asked, cost, pass } = await openReady();
    for (const epochs of [3, 4, 5, 6]) thaw.actions.setPhaseOption('epochs', epochs);
    await pass();
    expect(asked.map(({ config }) => config.epochs)).toEqual([6]);
    asked[0]!.answer(costReport(7));
    await pass();
    expect(cost()).toEqual({ status: 'estimated', report: costReport(7) });
  });

  it('drops the answer to options that have changed meanwhile, and asks again', async () => {
    const { thaw, asked, cost, pass } = await openReady();
    await pass();
    thaw.actions.setPhaseOption('trainBnFrozenPhase', false);
    await pass();
    expect(asked).toHaveLength(1);
    asked[0]!.answer(costReport(7));
    await pass();
    expect(cost()).toEqual({ status: 'estimating', before: null });
    expect(asked[1]!.config.trainBnFrozenPhase).toBe(false);
    asked[1]!.answer(costReport(1));
    await pass();
    expect(cost()).toEqual({ status: 'estimated', report: costReport(1) });
    expect(asked).toHaveLength(2);
  });

  it('says why there is none, beside no message', async () => {
    const { thaw, asked, cost, pass } = await openReady();
    await pass();
    const before = thaw.store.getState().messages;
    asked[0]!.fail(new ThawError('out-of-memory', 'Too little memory.'));
    await pass();
    expect(cost()).toEqual({ status: 'unavailable', why: 'Too little memory.' });
    expect(thaw.store.getState().messages).toEqual(before);
    thaw.actions.setPhaseOption('epochs', 4);
    await pass();
    asked[1]!.answer(null);
    await pass();
    expect(cost()).toMatchObject({ status: 'unavailable', why: expect.stringContaining('TensorFlow.js') });
  });

  it('does not ask while a run goes on, nor again after one with the same options', async () => {
    const { world, thaw, asked, cost, pass } = await openReady();
    const first = thaw.actions.startTraining();
    await pass();
    expect(asked).toEqual([]);
    expect(cost()).toEqual({ status: 'none' });
    await endRun(world, first);
    await pass();
    asked[0]!.answer(costReport(7));
    await pass();
    const second = thaw.actions.startTraining();
    await pass();
    expect(cost()).toEqual({ status: 'estimated', report: costReport(7) });
    await endRun(world, second);
    await pass();
    expect(asked).toHaveLength(1);
  });

  it('asks again after a run that ended the measurement', async () => {
    const { world, thaw, asked, cost, pass } = await openReady();
    await pass();
    const run = thaw.actions.startTraining();
    await pass();
    asked[0]!.fail(new ThawError('busy-training', 'Training began.'));
    await pass();
    expect(cost()).toEqual({ status: 'none' });
    await endRun(world, run);
    await pass();
    asked[1]!.answer(costReport(7));
    await pass();
    expect(cost()).toEqual({ status: 'estimated', report: costReport(7) });
  });

  it('is asked for after a script’s run of other options, which leaves the measured layers on the page', async () => {
    const { world, thaw, asked, cost, pass } = await openReady();
    const run = thaw.actions.train({ epochs: 2, batchSize: 8, learningRate: 0.5 });
    await pass();
    await endRun(world, run);
    const { layers } = thaw.store.getState();
    await pass();
    expect(thaw.store.getState().layers).toBe(layers);
    expect(asked.map(({ config }) => config.learningRate)).toEqual([0.5]);
    asked[0]!.answer(costReport(7));
    await pass();
    expect(cost()).toEqual({ status: 'estimated', report: costReport(7) });
  });
});

async function endRun(world: ReturnType<typeof createFakeWorld>, run: Promise<unknown>): Promise<void> {
  const record = {
    config: { epochs: 2 },
    warnings: [],
    epochs: [],
    steps: [],
    layers: [],
    outcome: 'completed',
  } as const;
  const nothing = { classNames: [], accuracy: 1, loss: 0, confusion: [], perClass: [], predictions: [] };
  world.emit({ type: 'finished', record, validation: nothing });
  world.endRun(record);
  await run;
}
