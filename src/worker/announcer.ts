import type { TrainingEvent } from '../core/run/events';

/**
 * Tells a listener on the other side. Its messages and the answer that ends a run take different ways, so
 * the answer has to wait until the last event has been heard.
 */
export class Announcer {
  readonly #listener: (event: TrainingEvent) => unknown;
  #lastHeard: Promise<unknown> = Promise.resolve();

  /** @param listener across threads it answers with a promise, which resolves when it has heard */
  constructor(listener: (event: TrainingEvent) => unknown) {
    this.#listener = listener;
  }

  tell(event: TrainingEvent): void {
    // A listener that throws, at once or later, must not stop the run.
    this.#lastHeard = (async () => this.#listener(event))().catch(() => undefined);
  }

  async heard(): Promise<void> {
    await this.#lastHeard;
  }
}
