import type { ThawError } from './errors';

type Interrupt = (reason: ThawError) => void;

/**
 * What `work` gives, unless it is interrupted before. Not Promise.race: that keeps every result alive as long as what
 * may interrupt it.
 * @param listen is given the way to interrupt, and returns what ends the listening
 */
export async function interruptible<Result>(
  work: PromiseLike<Result>,
  listen: (interrupt: Interrupt) => () => void,
): Promise<Result> {
  let stopListening = () => {};
  try {
    return await new Promise<Result>((resolve, reject) => {
      stopListening = listen(reject);
      work.then(resolve, reject);
    });
  } finally {
    stopListening();
  }
}

/** Of another thread: what was asked of it rejects then, while Comlink's own promises would wait for ever. */
export class Breakdown {
  readonly #waiting = new Set<Interrupt>();
  #reason: ThawError | null = null;

  tell(reason: ThawError): void {
    this.#reason ??= reason;
    for (const interrupt of this.#waiting) interrupt(this.#reason);
  }

  /** @throws ThawError the reason of the breakdown, before or after the call */
  orBroken<Answer>(answer: PromiseLike<Answer>): Promise<Answer> {
    return interruptible(answer, (interrupt) => {
      this.#waiting.add(interrupt);
      if (this.#reason !== null) interrupt(this.#reason);
      return () => this.#waiting.delete(interrupt);
    });
  }
}
