import type { Executor, StepOutcome } from '../executor';
import { MOST_RUNS_IN_FLIGHT } from '../step-plan/backend';
import type { ComingBatch } from './fetch-ahead';
import type { RunCommand } from './run-command';

/**
 * Work that a device is given ahead: longer than the way of a loss, so that the device never waits for it; short, so
 * that nobody feels how late a stop is. A step that takes longer has one other in flight.
 */
const AHEAD_MS = 10;
/** Losses may arrive in bunches: what a step takes is told by several. */
const PACED_BY = 6;

/** A step whose loss is there. */
export interface TrainedStep extends StepOutcome {
  /** Pictures of its batch. */
  readonly count: number;
  /** From the loss before it to its own, or from when its batch was asked for, if that was later. */
  readonly stepMs: number;
  /** Of `stepMs`, how long its pictures were waited for. */
  readonly waitMs: number;
  /** Steps that were begun and are told next. */
  readonly inFlight: number;
}

/** Whether it was told to stop. */
type End = 'continue' | 'stop';

type Arrived = StepOutcome & { readonly arrivedMs: number };

interface BegunStep {
  readonly count: number;
  readonly askedMs: number;
  readonly fetchedMs: number;
  /** Rejects with what the step failed with, also where it could not begin: so it fails in its turn. */
  readonly arrived: Promise<Arrived>;
  readonly isUnderWay: boolean;
}

/**
 * Trains on batch after batch and hands out the steps in order. Where a device works by itself, the next step is begun
 * before the loss of the last one is awaited, and several where steps are short; never while pictures are still
 * missing. When it ends, in whatever way, nothing is in flight.
 * @returns `stop` where it was told to; the steps in flight were handed out then, too
 */
export async function* trainSteps(
  executor: Pick<Executor, 'startStep'>,
  batches: AsyncIterable<ComingBatch>,
  learningRates: readonly number[],
): AsyncGenerator<TrainedStep, End, RunCommand | undefined> {
  const begun: BegunStep[] = [];
  const arrivalsMs: number[] = [];
  let lastMs = Number.NEGATIVE_INFINITY;

  async function* tellUntil(most: number): AsyncGenerator<TrainedStep, End, RunCommand | undefined> {
    let left = most;
    let end: End = 'continue';
    while (begun.length > left) {
      const { count, askedMs, fetchedMs, arrived } = begun[0]!;
      const { loss, correct, arrivedMs } = await arrived;
      begun.shift();
      const startMs = Math.max(lastMs, askedMs);
      lastMs = arrivedMs;
      arrivalsMs.push(arrivedMs);
      if (arrivalsMs.length > PACED_BY) arrivalsMs.shift();
      const waitMs = Math.max(0, fetchedMs - startMs);
      const command = yield {
        loss,
        correct,
        count,
        stepMs: arrivedMs - startMs,
        waitMs,
        inFlight: begun.length,
      };
      if (command === 'stop') end = 'stop';
      if (command === 'stop' || command === 'hold') left = 0;
    }
    return end;
  }

  try {
    for await (const { batch, fetched } of batches) {
      const askedMs = performance.now();
      while (begun.length > 0 && !(await isThereBefore(fetched, begun[0]!.arrived))) {
        if ((yield* tellUntil(begun.length - 1)) === 'stop') return 'stop';
      }
      const step = await begin(executor, { batch, fetched }, learningRates, askedMs);
      begun.push(step);
      if ((yield* tellUntil(step.isUnderWay ? stepsAhead(arrivalsMs) : 0)) === 'stop') return 'stop';
    }
    return yield* tellUntil(0);
  } finally {
    await Promise.allSettled(begun.map(({ arrived }) => arrived));
  }
}

/** @param arrivalsMs of the last losses @returns how many steps may be in flight at the present pace */
function stepsAhead(arrivalsMs: readonly number[]): number {
  if (arrivalsMs.length < 2) return 1;
  const stepMs = (arrivalsMs.at(-1)! - arrivalsMs[0]!) / (arrivalsMs.length - 1);
  return Math.max(1, Math.min(MOST_RUNS_IN_FLIGHT, Math.floor(AHEAD_MS / stepMs)));
}

async function begin(
  executor: Pick<Executor, 'startStep'>,
  { batch, fetched }: ComingBatch,
  learningRates: readonly number[],
  askedMs: number,
): Promise<BegunStep> {
  const count = batch.shape[0];
  let fetchedMs = askedMs;
  try {
    if (fetched !== null) {
      await fetched;
      fetchedMs = performance.now();
    }
    const { outcome } = await executor.startStep(batch, learningRates);
    return {
      count,
      askedMs,
      fetchedMs,
      arrived: heard(arrival(outcome)),
      isUnderWay: outcome instanceof Promise,
    };
  } catch (error) {
    return { count, askedMs, fetchedMs, arrived: heard(Promise.reject(error)), isUnderWay: false };
  }
}

async function arrival(outcome: StepOutcome | Promise<StepOutcome>): Promise<Arrived> {
  const { loss, correct } = await outcome;
  return { loss, correct, arrivedMs: performance.now() };
}

/** Its failure is heard where it is awaited, which may be never. */
function heard<Value>(promise: Promise<Value>): Promise<Value> {
  promise.catch(() => undefined);
  return promise;
}

/** Whether pictures are there before a step's loss. A fetch that fails never is: the step is told first. */
async function isThereBefore(fetched: Promise<void> | null, arrived: Promise<unknown>): Promise<boolean> {
  if (fetched === null) return true;
  const settled = arrived.then(
    () => false,
    () => false,
  );
  return Promise.race([
    fetched.then(
      () => true,
      () => false,
    ),
    settled,
  ]);
}
