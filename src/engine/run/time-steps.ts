import type { Executor, TrainingBatch } from '../executor';
import type { ComingBatch } from './fetch-ahead';
import { type TrainedStep, trainSteps } from './train-steps';

/**
 * Takes steps on one batch as a run takes them, the next one begun before the last one's loss is there where a run
 * does so, for as long as `measure` asks for another.
 * @param measure gets what a step takes, in milliseconds; the first includes what has to be compiled
 */
export async function timeSteps<Result>(
  executor: Pick<Executor, 'startStep'>,
  batch: TrainingBatch,
  learningRates: readonly number[],
  measure: (nextMs: () => Promise<number>) => Promise<Result>,
): Promise<Result> {
  const steps = trainSteps(executor, again(batch), learningRates);
  let isFirst = true;
  const nextMs = async (): Promise<number> => {
    const { stepMs, inFlight } = await nextOf(steps);
    if (isFirst) {
      isFirst = false;
      return stepMs;
    }
    // Losses of steps that overlap come in bunches: none alone is what a step takes.
    let sumMs = stepMs;
    for (let other = 0; other < inFlight; other += 1) sumMs += (await nextOf(steps)).stepMs;
    return sumMs / (inFlight + 1);
  };
  try {
    return await measure(nextMs);
  } finally {
    await steps.return('stop');
  }
}

/** What a piece of work takes, in milliseconds. */
export async function msOf(work: () => Promise<unknown>): Promise<number> {
  const startMs = performance.now();
  await work();
  return performance.now() - startMs;
}

async function* again(batch: TrainingBatch): AsyncGenerator<ComingBatch, void> {
  for (;;) yield { batch, fetched: null };
}

async function nextOf(steps: ReturnType<typeof trainSteps>): Promise<TrainedStep> {
  const next = await steps.next('continue');
  if (next.done) throw new RangeError('Steps on one batch have no end.');
  return next.value;
}
