import { vi } from 'vitest';

/**
 * A clock that goes on by as much each time it is looked at, so that how many steps are in flight does not depend on
 * the machine. `vi.restoreAllMocks` ends it.
 */
export function tickingClock(tickMs: number): void {
  let nowMs = 0;
  vi.spyOn(performance, 'now').mockImplementation(() => {
    nowMs += tickMs;
    return nowMs;
  });
}
