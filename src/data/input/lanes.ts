/** Lets so much work go on at once; what came first begins first. */
export class Lanes {
  #free: number;
  readonly #waiting: (() => void)[] = [];

  constructor(atOnce: number) {
    this.#free = atOnce;
  }

  async run<Result>(work: () => Promise<Result>): Promise<Result> {
    if (this.#free > 0) this.#free -= 1;
    else await new Promise<void>((begin) => this.#waiting.push(begin));
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      // A lane that is handed on never becomes free, so nobody who comes now overtakes.
      if (next === undefined) this.#free += 1;
      else next();
    }
  }
}
