/** Decoded pixels: RGB bytes, [height, width, 3]. */
export interface DecodedPixels {
  readonly pixels: Uint8Array<ArrayBuffer>;
  readonly width: number;
  readonly height: number;
}

type KeptAt = readonly [job: number, key: string];

/**
 * Keeps decoded pictures within a budget, for jobs that each have their pictures. First come, first kept: in an
 * epoch every picture is read once, so that throwing out the one read longest ago would throw out each just
 * before it is needed. An older job makes way for a newer one.
 */
export class KeptPixels {
  readonly #budgetBytes: number;
  /** By job, in the order of their beginning; then by key. */
  readonly #jobs = new Map<number, Map<string, DecodedPixels>>();
  #keptBytes = 0;
  #mostKeptBytes = 0;

  constructor(budgetBytes: number) {
    this.#budgetBytes = budgetBytes;
  }

  get size(): { readonly keptBytes: number; readonly mostKeptBytes: number; readonly budgetBytes: number } {
    return {
      keptBytes: this.#keptBytes,
      mostKeptBytes: this.#mostKeptBytes,
      budgetBytes: this.#budgetBytes,
    };
  }

  begin(job: number): void {
    this.#jobs.set(job, new Map());
  }

  get(job: number, key: string): DecodedPixels | undefined {
    return this.#jobs.get(job)?.get(key);
  }

  /** Keeps a picture if there is room, and its job goes on. */
  keep(job: number, key: string, picture: DecodedPixels): void {
    const own = this.#jobs.get(job);
    if (own === undefined || own.has(key)) return;
    const bytes = picture.pixels.byteLength;
    for (const [other, kept] of this.#jobs) {
      if (other === job || this.#keptBytes + bytes <= this.#budgetBytes) break;
      this.#forget(kept);
    }
    if (this.#keptBytes + bytes > this.#budgetBytes) return;
    own.set(key, picture);
    this.#keptBytes += bytes;
    this.#mostKeptBytes = Math.max(this.#mostKeptBytes, this.#keptBytes);
  }

  /** Gives a picture that is kept to another job. The first goes on, and decodes it again should it need it. */
  move([job, key]: KeptAt, [newJob, newKey]: KeptAt): void {
    const picture = this.get(job, key);
    if (picture === undefined) return;
    this.#jobs.get(job)!.delete(key);
    this.#keptBytes -= picture.pixels.byteLength;
    this.keep(newJob, newKey, picture);
  }

  /** Ends a job. */
  release(job: number): void {
    const kept = this.#jobs.get(job);
    if (kept !== undefined) this.#forget(kept);
    this.#jobs.delete(job);
  }

  #forget(kept: Map<string, DecodedPixels>): void {
    for (const { pixels } of kept.values()) this.#keptBytes -= pixels.byteLength;
    kept.clear();
  }
}
