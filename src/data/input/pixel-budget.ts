/**
 * Bounds how many pixels are held decoded at once: small pictures go side by side, large ones in turn. A
 * picture larger than the whole budget goes alone.
 */
export class PixelBudget {
  readonly #limit: number;
  #held = 0;
  /** First come, first served, so that a large picture is not overtaken for ever. */
  readonly #queue: { readonly pixels: number; readonly start: () => void }[] = [];

  constructor(limitPixels: number) {
    this.#limit = limitPixels;
  }

  async hold<Result>(pixels: number, work: () => Promise<Result>): Promise<Result> {
    await new Promise<void>((start) => {
      this.#queue.push({ pixels, start });
      this.#admit();
    });
    try {
      return await work();
    } finally {
      this.#held -= pixels;
      this.#admit();
    }
  }

  #admit(): void {
    for (let next = this.#queue[0]; next !== undefined; next = this.#queue[0]) {
      if (this.#held > 0 && this.#held + next.pixels > this.#limit) return;
      this.#queue.shift();
      this.#held += next.pixels;
      next.start();
    }
  }
}
