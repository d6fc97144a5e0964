import { ThawError, toFailure } from '../../core/errors';
import type { InputStats, PictureAnswer, PictureRequest, PictureSupply } from '../../core/picture-supply';
import type { PictureJob } from './picture-job';

/** Hands out the pictures of a job. */
export class JobSupply implements PictureSupply {
  readonly #job: PictureJob;
  readonly #readStats: () => InputStats;
  /** Tickets of what is still wanted. */
  readonly #wanted = new Set<number>();

  constructor(job: PictureJob, readStats: () => InputStats) {
    this.#job = job;
    this.#readStats = readStats;
  }

  async fetch({ ticket, pictures }: PictureRequest): Promise<PictureAnswer> {
    const size = this.#job.size * this.#job.size * 3;
    const pixels = new Uint8Array(pictures.length * size);
    const begin = () => {
      if (!this.#wanted.has(ticket))
        throw new ThawError('cancelled', 'The pictures are not wanted any more.');
    };
    this.#wanted.add(ticket);
    try {
      await Promise.all(
        pictures.map((picture, row) =>
          this.#job.write(picture, pixels.subarray(row * size, (row + 1) * size), begin),
        ),
      );
      return { kind: 'pixels', pixels };
    } catch (error) {
      return { kind: 'failed', failure: toFailure(error) };
    } finally {
      this.#wanted.delete(ticket);
    }
  }

  async cancel(tickets: readonly number[]): Promise<void> {
    for (const ticket of tickets) this.#wanted.delete(ticket);
  }

  async stats(): Promise<InputStats> {
    return this.#readStats();
  }
}
