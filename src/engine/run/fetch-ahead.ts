import type { Batch, Executor, TrainingBatch } from '../executor';

/** Batches that are fetched while one is computed: decoding goes on meanwhile, and memory stays bounded. */
export const BATCHES_AHEAD = 2;

export interface ComingBatch {
  readonly batch: TrainingBatch;
  /** Resolves when its pictures are there; null where none have to be fetched. */
  readonly fetched: Promise<void> | null;
}

/**
 * Hands out batches in their order, each as soon as its pictures are on their way, and has those of the next ones
 * fetched meanwhile. Pictures whose frozen values are kept are not fetched. What was fetched in vain is cancelled.
 */
export async function* fetchAhead(
  executor: Pick<Executor, 'unknownPictures'>,
  batches: readonly (() => TrainingBatch)[],
): AsyncGenerator<ComingBatch, void> {
  const begun: ComingBatch[] = [];
  let next = 0;
  try {
    while (next < batches.length || begun.length > 0) {
      while (next < batches.length && begun.length <= BATCHES_AHEAD) {
        const batch = batches[next]!();
        next += 1;
        begun.push({ batch, fetched: beginToFetch(executor, batch) });
      }
      yield begun[0]!;
      begun.shift();
    }
  } finally {
    for (const { batch } of begun) cancelFetch(batch);
  }
}

/** @returns null where nothing has to be fetched */
export function beginToFetch(
  executor: Pick<Executor, 'unknownPictures'>,
  batch: TrainingBatch,
): Promise<void> | null {
  if (isAtHand(batch)) return null;
  const rows = executor.unknownPictures(batch);
  if (rows.length === 0) return null;
  const fetched = batch.images.fetch(rows);
  // It is heard where it is awaited, which may be never.
  fetched.catch(() => undefined);
  return fetched;
}

export function cancelFetch(batch: TrainingBatch): void {
  if (!isAtHand(batch)) batch.images.cancel();
}

function isAtHand(batch: TrainingBatch): batch is Batch {
  return batch.images instanceof Float32Array;
}
