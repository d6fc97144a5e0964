import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { repeatAtRate } from './repeat-at-rate';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/** Repeats work that takes some time, and writes down when each began. */
function repeated(workMs: readonly number[], everyMs: number) {
  const ending = new AbortController();
  const begunMs: number[] = [];
  const startMs = performance.now();
  let running = 0;
  const work = async () => {
    expect(running++).toBe(0);
    begunMs.push(performance.now() - startMs);
    await sleep(workMs[begunMs.length - 1] ?? workMs.at(-1)!);
    running--;
  };
  return { begunMs, ending, done: repeatAtRate(work, everyMs, ending.signal) };
}

test('each is begun at a steady rate, whatever the one before took', async () => {
  const { begunMs, ending, done } = repeated([10, 90, 30], 100);
  await vi.advanceTimersByTimeAsync(450);
  ending.abort();
  await done;
  expect(begunMs).toEqual([0, 100, 200, 300, 400]);
});

test('what takes too long is followed at once, never overtaken, and what was missed is left out', async () => {
  const { begunMs, ending, done } = repeated([350, 10], 100);
  await vi.advanceTimersByTimeAsync(600);
  ending.abort();
  await done;
  // Even a timer of nothing takes a millisecond.
  expect(begunMs.map((ms) => 10 * Math.round(ms / 10))).toEqual([0, 350, 450, 550]);
});

test('a stop is heard at once, and what has begun is finished', async () => {
  const { begunMs, ending, done } = repeated([10], 1000);
  await vi.advanceTimersByTimeAsync(500);
  ending.abort();
  await done;
  expect(begunMs).toEqual([0]);
  expect(vi.getTimerCount()).toBe(0);

  const short = repeated([200], 100);
  await vi.advanceTimersByTimeAsync(50);
  short.ending.abort();
  let isDone = false;
  void short.done.then(() => {
    isDone = true;
  });
  await vi.advanceTimersByTimeAsync(100);
  expect(isDone).toBe(false);
  await vi.advanceTimersByTimeAsync(50);
  expect(isDone).toBe(true);
});

test('a failure ends it', async () => {
  const failing = () => Promise.reject(new Error('no frame'));
  await expect(repeatAtRate(failing, 100, new AbortController().signal)).rejects.toThrow('no frame');
  expect(vi.getTimerCount()).toBe(0);
});
