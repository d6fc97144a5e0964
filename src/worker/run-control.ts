import { ThawError } from '../core/errors';
import type { TrainingEvent } from '../core/run/events';
import type { RunRecord } from '../core/run/run-record';
import type { RunCommand } from '../engine/run/run-command';

type Run = AsyncGenerator<TrainingEvent, RunRecord, RunCommand | undefined>;

/**
 * Drives a run: asks for event after event, hears messages in between, and does not ask while paused. So
 * pause and stop act within one step; those that a device was given already are told first, so that weights and
 * record agree.
 */
export class RunControl {
  readonly #listener: (event: TrainingEvent) => void;
  readonly #hearMessages: () => Promise<void>;
  readonly #ended = gate();
  #stopping = false;
  /** Null while nobody asked for a pause. */
  #pause: { readonly taken: Gate; readonly over: Gate } | null = null;

  constructor(listener: (event: TrainingEvent) => void, hearMessages: () => Promise<void>) {
    this.#listener = listener;
    this.#hearMessages = hearMessages;
  }

  async drive(run: Run): Promise<RunRecord> {
    try {
      for (;;) {
        const result = await run.next(this.#command());
        if (result.done) return result.value;
        const event = result.value;
        this.#listener(event);
        // Whoever hears that the run is over finds it over: nothing comes between.
        if (event.type === 'finished' || event.type === 'failed') continue;
        await this.#hearMessages();
        const hasMoreToTell = event.type === 'step' && event.inFlight !== undefined;
        if (!hasMoreToTell) await this.#standStill();
      }
    } finally {
      this.#pause?.taken.open();
      this.#ended.open();
    }
  }

  /** Hears messages, then waits for as long as the run is paused. */
  async breathe(): Promise<void> {
    await this.#hearMessages();
    await this.#standStill();
  }

  #command(): RunCommand {
    if (this.#stopping) return 'stop';
    return this.#pause === null ? 'continue' : 'hold';
  }

  async #standStill(): Promise<void> {
    while (this.#pause !== null) {
      const { taken, over } = this.#pause;
      this.#listener({ type: 'paused' });
      taken.open();
      await over.passed;
      this.#listener({ type: 'resumed' });
    }
  }

  /** @returns when the run stands still, or has ended */
  pause(): Promise<void> {
    if (this.#stopping) return this.#ended.passed;
    this.#pause ??= { taken: gate(), over: gate() };
    return this.#pause.taken.passed;
  }

  /** @throws ThawError `not-training` where nothing is paused */
  resume(): void {
    if (this.#pause === null) {
      throw new ThawError('not-training', 'Training is not paused, so it cannot be resumed.');
    }
    const { taken, over } = this.#pause;
    this.#pause = null;
    taken.open();
    over.open();
  }

  /** Ends a pause too. @returns when the run has ended */
  stop(): Promise<void> {
    this.#stopping = true;
    if (this.#pause !== null) this.resume();
    return this.#ended.passed;
  }
}

interface Gate {
  readonly passed: Promise<void>;
  open(): void;
}

function gate(): Gate {
  let open = (): void => {};
  const passed = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { passed, open: () => open() };
}
