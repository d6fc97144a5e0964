import type { ResolvedTrainConfig } from '../../core/options/resolved-config';
import { createRandom } from '../../core/random';
import type { Executor, TrainingBatch } from '../executor';
import { batchesOfEpoch } from './batch-order';
import { BATCHES_AHEAD, beginToFetch, type ComingBatch, cancelFetch, fetchAhead } from './fetch-ahead';
import type { Pictures } from './pictures';

type Known = Pick<Executor, 'unknownPictures'>;

/** The training batches of a run, epoch by epoch. The first of an epoch can be fetched before it begins. */
export class EpochBatches {
  readonly #train: Pictures;
  readonly #config: ResolvedTrainConfig;
  #begun: { readonly epoch: number; readonly batches: readonly TrainingBatch[] } | null = null;

  constructor(train: Pictures, config: ResolvedTrainConfig) {
    this.#train = train;
    this.#config = config;
  }

  /** @param firstStep of the epoch, counted over the whole run */
  of(epoch: number, firstStep: number, executor: Known): AsyncGenerator<ComingBatch, void> {
    const begun = this.#begun?.epoch === epoch ? this.#begun.batches : [];
    this.#begun = null;
    const made = this.#makers(epoch, firstStep).map((make, index) => {
      const before = begun[index];
      return before === undefined ? make : () => before;
    });
    return fetchAhead(executor, made);
  }

  /** Has the first batches of an epoch fetched, as far as nothing is kept of their pictures now. */
  begin(epoch: number, firstStep: number, executor: Known): void {
    if (epoch >= this.#config.epochs) return;
    const makers = this.#makers(epoch, firstStep).slice(0, BATCHES_AHEAD);
    const batches = makers.map((make) => make());
    this.#begun = { epoch, batches };
    for (const batch of batches) beginToFetch(executor, batch);
  }

  /** What was begun is not wanted any more. */
  cancel(): void {
    for (const batch of this.#begun?.batches ?? []) cancelFetch(batch);
    this.#begun = null;
  }

  #makers(epoch: number, firstStep: number): readonly (() => TrainingBatch)[] {
    const { batchSize, seed } = this.#config;
    return batchesOfEpoch(this.#train.count, batchSize, this.#config, epoch).map((places, index) => () => {
      const dropoutSeed = createRandom(seed, `dropout of step ${firstStep + index}`).state();
      return this.#train.batch(places, { epoch, dropoutSeed });
    });
  }
}
