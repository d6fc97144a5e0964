import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { TrainingEvent } from '../core/run/events';
import { createNodeWasmBackend } from '../engine/kernels/testing/wasm-kernels';
import { runTraining } from '../engine/run/run';
import { createPlanExecutor, type PlanExecutor } from '../engine/step-plan/executor/plan-executor';
import { setupOf } from '../engine/testing/drive-run';
import { queuedBackend } from '../engine/testing/queued-backend';
import { smallData, smallNetwork } from '../engine/testing/small-problem';
import { tickingClock } from '../engine/testing/ticking-clock';
import { RunControl } from './run-control';

const CONFIG = { epochs: 3, unfreezeBackboneAtEpoch: 1, batchSize: 2, learningRate: 0.01, optimizer: 'adam' };
/** Five steps an epoch. */
const STEPS = 15;
const network = smallNetwork();

/** A run under control; `at` hears of each event, and what the control is told then acts at once. */
async function start(
  execution: 'blocking' | 'queued',
  at: (event: TrainingEvent, control: RunControl) => void,
) {
  const backend = await createNodeWasmBackend();
  const executor = await createPlanExecutor(
    network,
    execution === 'queued' ? queuedBackend(backend) : backend,
  );
  const events: TrainingEvent[] = [];
  const control: RunControl = new RunControl(
    (event) => {
      events.push(event);
      at(event, control);
    },
    () => new Promise((resolve) => setImmediate(resolve)),
  );
  const setup = setupOf(executor, network, smallData(), CONFIG, { breathe: () => control.breathe() });
  return { executor, events, control, record: control.drive(runTraining(setup)) };
}

const stepsTold = (events: readonly TrainingEvent[]) => events.filter(({ type }) => type === 'step').length;

/** The head trains in every step. */
async function stepsDone(executor: PlanExecutor): Promise<number> {
  return (await executor.readOptimizerState()).get('logits/kernel')!.stepCount;
}

async function undisturbed() {
  const { record } = await start('blocking', () => {});
  return (await record).steps;
}

// Steps so long that one other is begun meanwhile.
beforeEach(() => tickingClock(20));
afterEach(() => void vi.restoreAllMocks());

describe.each([
  ['blocking', 3],
  ['queued', 4],
] as const)('a run whose steps are %s', (execution, told) => {
  it('stands still with the weights of the steps that it told, and goes on to the same losses', async () => {
    let paused: Promise<void> | null = null;
    const { executor, events, control, record } = await start(execution, (event, control) => {
      if (event.type === 'step' && event.step === 2) paused ??= control.pause();
    });
    while (paused === null) await new Promise((resolve) => setImmediate(resolve));
    await paused;
    expect(events.at(-1)).toEqual({ type: 'paused' });
    expect(stepsTold(events)).toBe(told);
    expect(await stepsDone(executor)).toBe(told);
    for (let turn = 0; turn < 50; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    expect(stepsTold(events)).toBe(told);
    control.resume();
    expect((await record).steps).toEqual(await undisturbed());
    expect(await stepsDone(executor)).toBe(STEPS);
  });

  it('stops, from a pause too, with as many steps as it told', async () => {
    const { executor, events, control, record } = await start(execution, (event) => {
      if (event.type === 'step' && event.step === 2) void control.pause();
      if (event.type === 'paused') void control.stop();
    });
    expect(await record).toMatchObject({ outcome: 'stopped' });
    expect((await record).steps).toEqual((await undisturbed()).slice(0, told));
    expect(stepsTold(events)).toBe(told);
    expect(await stepsDone(executor)).toBe(told);
    expect(events.slice(-3).map(({ type }) => type)).toEqual(['paused', 'resumed', 'finished']);
  });

  it('stops at once at the end of an epoch', async () => {
    const { executor, record } = await start(execution, (event, control) => {
      if (event.type === 'epochEnded') void control.stop();
    });
    expect((await record).steps).toHaveLength(5);
    expect(await stepsDone(executor)).toBe(5);
  });
});
