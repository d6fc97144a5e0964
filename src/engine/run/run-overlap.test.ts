import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { TrainingEvent } from '../../core/run/events';
import type { RunRecord } from '../../core/run/run-record';
import type { RunState } from '../../core/run/run-state';
import type { Executor } from '../executor';
import { createReferenceBackend } from '../kernels/reference/reference-backend';
import { createNodeWasmBackend } from '../kernels/testing/wasm-kernels';
import type { KernelBackend } from '../step-plan/backend';
import { createPlanExecutor } from '../step-plan/executor/plan-executor';
import { SplitExecutor } from '../step-plan/executor/split-executor';
import { driveRun, setupOf } from '../testing/drive-run';
import { FROZEN_OVERLAP_RUN, KEEP_ALL, OVERLAP_RUN } from '../testing/overlap-runs';
import { type QueuedBackend, queuedBackend } from '../testing/queued-backend';
import { smallData, smallNetwork } from '../testing/small-problem';
import { tickingClock } from '../testing/ticking-clock';
import type { RunSetup } from './run';
import type { RunCommand } from './run-command';

// A run whose steps overlap, beside the one that awaits every loss: the same to the last bit.

const network = smallNetwork();
const data = smallData(10, 6, 'training set');
const EPOCHS = OVERLAP_RUN.epochs;
const STEPS = 4 * EPOCHS;

const BACKENDS: Record<string, () => Promise<KernelBackend>> = {
  reference: async () => createReferenceBackend(),
  wasm: () => createNodeWasmBackend(),
};

interface Result {
  readonly record: RunRecord;
  readonly events: readonly TrainingEvent[];
  readonly states: readonly RunState[];
  readonly weights: unknown;
  readonly optimizer: unknown;
}

async function run(
  executor: Executor,
  config: Readonly<Record<string, unknown>>,
  answer?: (event: TrainingEvent) => RunCommand,
  more: Partial<RunSetup> = {},
): Promise<Result> {
  const states: RunState[] = [];
  const onEpochEnd = async (capture: () => Promise<RunState>) => {
    states.push(structuredClone(await capture()));
  };
  const setup = setupOf(executor, network, data, config, { onEpochEnd, ...more });
  const { record, events } = await driveRun(setup, answer);
  return {
    record,
    events,
    states,
    weights: await executor.readWeights(),
    optimizer: await executor.readOptimizerState(),
  };
}

function timeless({ record, states, events, weights, optimizer }: Result) {
  return {
    record: { ...record, epochs: record.epochs.map((epoch) => ({ ...epoch, ms: 0 })) },
    states: states.map((state) => ({ ...state, epochs: state.epochs.map((epoch) => ({ ...epoch, ms: 0 })) })),
    steps: events.flatMap((event) =>
      event.type === 'step' ? [[event.step, event.epoch, event.loss, event.accuracy]] : [],
    ),
    weights,
    optimizer,
  };
}

/** A step looks at the clock at least twice. */
const LONG_STEP = 20;
const SHORT_STEP = 0.1;

beforeEach(() => tickingClock(LONG_STEP));
afterEach(() => void vi.restoreAllMocks());

describe.each(Object.keys(BACKENDS))('steps that overlap (%s)', (name) => {
  const blocking = BACKENDS[name]!;
  const queued = async () => queuedBackend(await blocking());
  const plain = async (backend: KernelBackend) => createPlanExecutor(network, backend, KEEP_ALL);

  it.each([
    ['BatchNorm trained, dropout, class weights, cosine', OVERLAP_RUN],
    ['frozen values kept', FROZEN_OVERLAP_RUN],
    ['no schedule, momentum', { ...OVERLAP_RUN, optimizer: 'momentum', lrSchedule: { kind: 'constant' } }],
  ])('are begun before the loss of the last one, to the same bits: %s', async (_, config) => {
    const backend = await queued();
    const wanted = await run(await plain(await blocking()), config);
    const found = await run(await plain(backend), config);
    expect(timeless(found)).toEqual(timeless(wanted));
    // All but the first of each epoch.
    expect(backend.counts).toEqual({ runs: STEPS, overlapping: STEPS - EPOCHS });
  });

  it('on two backends at once, to the same bits', async () => {
    const split = async (whole: KernelBackend, short: KernelBackend) => {
      const main = await plain(whole);
      return new SplitExecutor(main, await createPlanExecutor(network, short, KEEP_ALL, main));
    };
    const wanted = await run(await split(await blocking(), createReferenceBackend()), FROZEN_OVERLAP_RUN);
    const shorts: [KernelBackend, number][] = [
      [queuedBackend(createReferenceBackend()), STEPS / 2 - 2],
      [createReferenceBackend(), 0],
    ];
    for (const [short, overlapping] of shorts) {
      const whole = await queued();
      expect(timeless(await run(await split(whole, short), FROZEN_OVERLAP_RUN))).toEqual(timeless(wanted));
      expect(whole.counts).toEqual({ runs: STEPS / 2, overlapping: STEPS / 2 - 2 });
      if ('counts' in short) {
        expect((short as QueuedBackend).counts).toEqual({ runs: STEPS / 2, overlapping });
      }
    }
  });

  it('tells the step in flight when it is stopped, and the weights are those of the steps told', async () => {
    const stopAt = (last: number) => (event: TrainingEvent) =>
      event.type === 'step' && event.step === last ? 'stop' : 'continue';
    const found = await run(await plain(await queued()), OVERLAP_RUN, stopAt(4));
    expect(found.record).toMatchObject({ outcome: 'stopped' });
    expect(found.record.steps).toHaveLength(6);
    const wanted = await run(await plain(await blocking()), OVERLAP_RUN, stopAt(5));
    expect(timeless(found)).toEqual(timeless(wanted));
    const flags = found.events.flatMap((event) => (event.type === 'step' ? [event.inFlight] : []));
    expect(flags).toEqual([1, 1, 1, undefined, 1, undefined]);
  });

  it('are several at once where they are short, to the same bits, and are all told after a stop', async () => {
    const stopAt = (last: number) => (event: TrainingEvent) =>
      event.type === 'step' && event.step === last ? 'stop' : 'continue';
    const config = { ...OVERLAP_RUN, batchSize: 1 };
    tickingClock(SHORT_STEP);
    const found = await run(await plain(await queued()), config, stopAt(12));
    const flags = found.events.flatMap((event) => (event.type === 'step' ? [event.inFlight] : []));
    // The second epoch has ten steps from the tenth on; two tell the pace, then all that are left are begun.
    expect(flags.slice(10)).toEqual([1, 1, 7, 6, 5, 4, 3, 2, 1, undefined]);
    const wanted = await run(await plain(await blocking()), config, stopAt(19));
    expect(timeless(found)).toEqual(timeless(wanted));
  });

  it('goes on from the end of an epoch, to the same bits', async () => {
    const { states } = await run(await plain(await queued()), OVERLAP_RUN);
    const resumed = { resumeFrom: states[1]! };
    const wanted = await run(await plain(await blocking()), OVERLAP_RUN, undefined, resumed);
    const found = await run(await plain(await queued()), OVERLAP_RUN, undefined, resumed);
    expect(timeless(found)).toEqual(timeless(wanted));
  });

  it('ends at the step whose loss is no number, with the weights of the last epoch', async () => {
    const poisoned = {
      ...data.train,
      batch: (...[places, step]: Parameters<typeof data.train.batch>) => {
        const batch = data.train.batch(places, step);
        if (step?.epoch === 2) batch.images.fill(Number.NaN);
        return batch;
      },
    };
    const executor = await plain(await queued());
    const steps: number[] = [];
    const states: RunState[] = [];
    const setup = setupOf(executor, network, { ...data, train: poisoned }, OVERLAP_RUN, {
      onEpochEnd: async (capture) => {
        states.push(structuredClone(await capture()));
      },
    });
    const failing = driveRun(setup, (event) => {
      if (event.type === 'step') steps.push(event.step);
      return 'continue';
    });
    await expect(failing).rejects.toMatchObject({
      code: 'loss-not-finite',
      message: expect.stringContaining('stopped in epoch 2'),
    });
    expect(steps).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect(await executor.readWeights()).toEqual(states.at(-1)!.weights);
  });
});
