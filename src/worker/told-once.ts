import type { TrainingEvent } from '../core/run/events';

/**
 * Passes on the events of a run that may be begun again after its device was lost, each epoch, step and warning
 * once: what is done again gives the same numbers.
 */
export class ToldOnce {
  readonly #tell: (event: TrainingEvent) => void;
  #warnings = 0;
  /** Of the present start. */
  #warningsHeard = 0;
  #epochStarted = -1;
  #epochEnded = -1;
  #step = -1;
  #isEpochRepeated = false;

  constructor(tell: (event: TrainingEvent) => void) {
    this.#tell = tell;
  }

  hear(event: TrainingEvent): void {
    if (this.#isNew(event)) this.#tell(event);
  }

  #isNew(event: TrainingEvent): boolean {
    switch (event.type) {
      case 'restarted':
        this.#warningsHeard = 0;
        return true;
      case 'warning':
        this.#warningsHeard += 1;
        if (this.#warningsHeard <= this.#warnings) return false;
        this.#warnings = this.#warningsHeard;
        return true;
      case 'epochStarted':
        this.#isEpochRepeated = event.epoch <= this.#epochStarted;
        this.#epochStarted = Math.max(this.#epochStarted, event.epoch);
        return !this.#isEpochRepeated;
      case 'log':
        return !this.#isEpochRepeated;
      case 'step':
        if (event.step <= this.#step) return false;
        this.#step = event.step;
        return true;
      case 'epochEnded':
        if (event.record.epoch <= this.#epochEnded) return false;
        this.#epochEnded = event.record.epoch;
        return true;
      default:
        return true;
    }
  }
}
