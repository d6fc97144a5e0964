/**
 * Does something again and again, begun at a steady rate, until the signal says stop. Never twice at once: where
 * it takes longer than that, the next follows at once, and what was missed is left out. It is done at least once,
 * and what has begun is finished.
 * @throws what the work throws, which ends it
 */
export async function repeatAtRate(
  work: () => Promise<void>,
  everyMs: number,
  signal: AbortSignal,
): Promise<void> {
  let nextMs = performance.now();
  do {
    await work();
    nextMs = Math.max(nextMs + everyMs, performance.now());
    await waitUntil(nextMs, signal);
  } while (!signal.aborted);
}

function waitUntil(atMs: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const timer = setTimeout(done, atMs - performance.now());
    signal.addEventListener('abort', done);
    function done() {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    }
  });
}
