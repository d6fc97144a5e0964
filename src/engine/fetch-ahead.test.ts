import { expect, it } from 'vitest';
import type { AwaitedBatch } from './executor';
import { fetchAhead } from './fetch-ahead';

/** Batches of one picture each that tell what happens to them and come when they are let. */
function awaited(count: number) {
  const told: string[] = [];
  const arrivals = Array.from({ length: count }, arrival);
  const batches = arrivals.map(
    ({ promise }, number) =>
      (): AwaitedBatch => ({
        images: {
          fetch: async () => {
            told.push(`fetch ${number}`);
            await promise;
          },
          read: async () => new Float32Array(3),
          cancel: () => told.push(`cancel ${number}`),
        },
        shape: [1, 1, 1, 3],
        labels: Int32Array.of(number),
      }),
  );
  return { told, arrivals, batches };
}
function arrival() {
  let resolve = () => {};
  let reject = (_: Error) => {};
  const promise = new Promise<void>((...both) => ([resolve, reject] = both));
  return { promise, resolve: () => resolve(), reject: (error: Error) => reject(error) };
}
const ALL = { unknownPictures: () => [0] };

it('hands out in order while the next two are fetched, and says how long it waited', async () => {
  const { told, arrivals, batches } = awaited(5);
  const ahead = fetchAhead(ALL, batches);
  const first = ahead.next();
  await Promise.resolve();
  expect(told).toEqual(['fetch 0', 'fetch 1', 'fetch 2']);
  arrivals[1]!.resolve();
  setTimeout(() => arrivals[0]!.resolve(), 30);
  const { value } = await first;
  expect(value?.batch.labels[0]).toBe(0);
  expect(value?.waitMs).toBeGreaterThan(20);
  const second = await ahead.next();
  expect(second.value?.batch.labels[0]).toBe(1);
  expect(second.value?.waitMs).toBeLessThan(20);
  expect(told).toEqual(['fetch 0', 'fetch 1', 'fetch 2', 'fetch 3']);
  await ahead.return();
  expect(told.slice(4)).toEqual(['cancel 2', 'cancel 3']);
});

it('comes to the end, and fetches nothing of what is kept', async () => {
  const { told, batches } = awaited(4);
  const numbers: number[] = [];
  for await (const { batch, waitMs } of fetchAhead({ unknownPictures: () => [] }, batches)) {
    numbers.push(batch.labels[0]!);
    expect(waitMs).toBe(0);
  }
  expect(numbers).toEqual([0, 1, 2, 3]);
  expect(told).toEqual([]);
});

it('a picture that fails stops the one who waits for it, and the others are cancelled', async () => {
  const { told, arrivals, batches } = awaited(4);
  arrivals[0]!.reject(new Error('gone'));
  const ahead = fetchAhead(ALL, batches);
  await expect(ahead.next()).rejects.toThrow('gone');
  expect(told.slice(3)).toEqual(['cancel 0', 'cancel 1', 'cancel 2']);
});
