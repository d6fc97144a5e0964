import type { TrainingEvent } from '../../core/run/events';

/** Asks for a call at the next good moment to draw; a hidden page has no frames, so a timer stands in. */
export type FrameRequest = (callback: () => void) => void;

/**
 * Gathers training events and hands them on once a frame: a fast run has thousands of steps a second, and
 * drawing each would keep the page from answering.
 */
export function coalesceEvents(
  deliver: (events: readonly TrainingEvent[]) => void,
  requestFrame: FrameRequest,
): { push(event: TrainingEvent): void; flush(): void } {
  let waiting: TrainingEvent[] = [];
  let asked = false;

  const flush = () => {
    asked = false;
    if (waiting.length === 0) return;
    const events = waiting;
    waiting = [];
    deliver(events);
  };

  return {
    push(event) {
      waiting.push(event);
      if (asked) return;
      asked = true;
      requestFrame(flush);
    },
    flush,
  };
}

const HIDDEN_INTERVAL_MS = 250;

export const requestPageFrame: FrameRequest = (callback) => {
  if (document.hidden) setTimeout(callback, HIDDEN_INTERVAL_MS);
  else requestAnimationFrame(callback);
};
