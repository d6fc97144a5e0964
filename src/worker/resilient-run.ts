import { isDeviceLost, ThawError, toFailure } from '../core/errors';
import type { WeightValues } from '../core/graph/graph';
import type { TrainingEvent } from '../core/run/events';
import type { RunRecord } from '../core/run/run-record';
import type { RunState } from '../core/run/run-state';
import type { Executor } from '../engine/executor';
import { type RunSetup, runTraining } from '../engine/run/run';
import type { RunCommand } from '../engine/run/run-command';

/** What a run that outlives its device needs of the engine. */
export interface RunEngine {
  /** Holds these weights; on a new device where the last one is gone. @throws ThawError `device-lost` where none is to be had */
  executor(weights: WeightValues): Promise<Executor>;
  /** Changes over to the processor for good. @returns its name; null where that may not be */
  fallBack(): Promise<string | null>;
}

export interface ResilientRunSetup extends Omit<RunSetup, 'executor' | 'resumeFrom' | 'onEpochEnd'> {
  readonly engine: RunEngine;
  readonly resumeFrom: RunState | null;
  readonly onEpochEnd: (state: RunState) => void;
  /** What is told of a failure that ends the run. */
  readonly explain: (error: unknown) => Promise<unknown>;
  /** Default: a timer. */
  readonly wait?: (ms: number) => Promise<void>;
}

type Run = AsyncGenerator<TrainingEvent, RunRecord, RunCommand | undefined>;

/**
 * How long is waited for each new device: a driver that restarts, or a machine that wakes up, is not back at once.
 * Where all of them are lost before another epoch has ended, a further one would be too.
 */
const PATIENCE_MS = [0, 500, 2000] as const;

/**
 * A run that goes on by itself when its device is lost: from the end of its last epoch on a new device, and on the
 * processor where new ones are lost as well. Its record is that of an uninterrupted run. What was done since that
 * epoch's end is done again, and its events come again: `ToldOnce` leaves them out.
 * @throws ThawError what `runTraining` throws; `device-lost` where it cannot go on
 */
export async function* resilientRun(setup: ResilientRunSetup): Run {
  const { engine, wait = waitMs, resumeFrom, onEpochEnd, explain, ...parts } = setup;
  let state = resumeFrom;
  let { warnings } = setup;
  let lostInVain = 0;
  const place: Place = { epoch: null, starts: 0 };
  for (;;) {
    try {
      const executor = await engine.executor(state?.weights ?? setup.loaded.weights);
      const run = runTraining({
        ...parts,
        warnings,
        executor,
        ...(state !== null && { resumeFrom: state }),
        onEpochEnd: async (capture) => {
          state = await capture();
          lostInVain = 0;
          onEpochEnd(state);
        },
      });
      return yield* follow(run, place);
    } catch (error) {
      const epoch = place.epoch ?? state?.clock.epoch ?? 0;
      const from = state === null ? 'its start' : `the end of epoch ${state.clock.epoch - 1}`;
      const lost = `The graphics processor was lost in epoch ${epoch}`;
      if (!isDeviceLost(error)) {
        const failure = await explain(error);
        if (place.starts > 0) yield { type: 'failed', failure: toFailure(failure) };
        throw failure;
      }
      if (lostInVain < PATIENCE_MS.length) {
        await wait(PATIENCE_MS[lostInVain]!);
        lostInVain += 1;
        const message = `${lost}; training goes on from ${from} on a new device.`;
        warnings = [...warnings, { code: 'device-lost', message }];
        continue;
      }
      const processor = await engine.fallBack();
      if (processor === null) {
        const failure = lostForGood(lost, from, error);
        yield { type: 'failed', failure: toFailure(failure) };
        throw failure;
      }
      const message = `${lost} again and again. Training goes on from ${from} with ${processor} on the processor instead; reload the page to try the graphics processor again.`;
      warnings = [...warnings, { code: 'backend-changed', message }];
    }
  }
}

/** Where a run is, over all its starts. */
interface Place {
  epoch: number | null;
  starts: number;
}

/** The run's events; its failure is left to the caller, who may know better. */
async function* follow(run: Run, place: Place): Run {
  let command: RunCommand | undefined;
  for (;;) {
    const next = await run.next(command);
    if (next.done) return next.value;
    const event = next.value;
    if (event.type === 'failed') continue;
    if (event.type === 'epochStarted') place.epoch = event.epoch;
    if (event.type !== 'started') {
      command = yield event;
      continue;
    }
    command = yield place.starts === 0 ? event : { type: 'restarted', backend: event.backend };
    place.starts += 1;
  }
}

function lostForGood(lost: string, from: string, cause: unknown): ThawError {
  return new ThawError(
    'device-lost',
    `${lost} again and again, so training stopped. The weights are those of ${from}. Close other pages that use it, choose smaller pictures or a smaller batch, or open this page with ?backend=wasm.`,
    { cause },
  );
}

function waitMs(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
