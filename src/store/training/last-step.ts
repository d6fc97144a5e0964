import type { TrainingEvent } from '../../core/run/events';
import type { ActionContext } from '../action-context';

const LEAST_INTERVAL_MS = 1000;

/**
 * Asks the worker what a step consists of: after the first step of an epoch, once a second at most, and at the
 * end of a run. Each question takes the worker from its steps for a moment.
 */
export function createLastStepReader(
  { store, ports }: Pick<ActionContext, 'store' | 'ports'>,
  now: () => number = () => performance.now(),
): { hear(events: readonly TrainingEvent[]): void } {
  let askedEpoch: number | null = null;
  let askedAtMs = Number.NEGATIVE_INFINITY;
  let asking = false;
  let again = false;

  async function ask(): Promise<void> {
    if (asking) {
      again = true;
      return;
    }
    asking = true;
    do {
      again = false;
      try {
        const [stats, plan] = await Promise.all([ports.worker.stats(), ports.worker.planView()]);
        store.setState({ lastStep: { stats, plan } });
      } catch {
        // Only a view on the run: what was shown before stays, and the run itself tells what went wrong.
      }
    } while (again);
    asking = false;
  }

  return {
    hear(events) {
      for (const event of events) {
        if (event.type === 'started') {
          askedEpoch = null;
          askedAtMs = Number.NEGATIVE_INFINITY;
          store.setState({ lastStep: null });
        } else if (event.type === 'step' && event.epoch !== askedEpoch) {
          if (now() - askedAtMs < LEAST_INTERVAL_MS) continue;
          askedEpoch = event.epoch;
          askedAtMs = now();
          void ask();
        } else if (event.type === 'finished') void ask();
      }
    },
  };
}
