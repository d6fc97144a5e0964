import type { JSHandle, Page } from '@playwright/test';
import type { TrainingEvent } from '../src/core/run/events';

type EventOf<Type extends TrainingEvent['type']> = Extract<TrainingEvent, { type: Type }>;

/** What `thaw.on` tells, from the moment of listening on. Nothing is missed between two looks of a test. */
export class RunEvents {
  readonly #events: JSHandle<TrainingEvent[]>;

  private constructor(events: JSHandle<TrainingEvent[]>) {
    this.#events = events;
  }

  static async listen(page: Page): Promise<RunEvents> {
    return new RunEvents(
      await page.evaluateHandle(() => {
        const events: TrainingEvent[] = [];
        const types = [
          'started',
          'restarted',
          'preparing',
          'warning',
          'epochStarted',
          'step',
          'epochEnded',
          'paused',
          'resumed',
          'finished',
          'failed',
        ] as const;
        for (const type of types) window.thaw.on(type, (event) => events.push(event));
        return events;
      }),
    );
  }

  count(type: TrainingEvent['type']): Promise<number> {
    return this.#events.evaluate(
      (events, wanted) => events.filter((event) => event.type === wanted).length,
      type,
    );
  }

  of<Type extends TrainingEvent['type']>(type: Type): Promise<EventOf<Type>[]> {
    return this.#events.evaluate(
      (events, wanted) => events.filter((event) => event.type === wanted) as EventOf<Type>[],
      type,
    );
  }
}
