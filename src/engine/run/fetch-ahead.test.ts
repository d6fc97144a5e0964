import { expect, it, vi } from 'vitest';
import type { AwaitedBatch } from '../executor';
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

it('hands out in order while the next two are fetched', async () => {
  const { told, arrivals, batches } = awaited(5);
  const ahead = fetchAhead(ALL, batches);
  const first = await ahead.next();
  expect(first.value?.batch.labels[0]).toBe(0);
  expect(told).toEqual(['fetch 0', 'fetch 1', 'fetch 2']);
  const isThere = vi.fn();
  const fetched = first.value!.fetched!.then(isThere);
  await new Promise(setImmediate);
  expect(isThere).not.toHaveBeenCalled();
  arrivals[0]!.resolve();
  await fetched;
  expect(isThere).toHaveBeenCalled();
  const second = await ahead.next();
  expect(second.value?.batch.labels[0]).toBe(1);
  expect(told).toEqual(['fetch 0', 'fetch 1', 'fetch 2', 'fetch 3']);
  await ahead.return();
  expect(told.slice(4)).toEqual(['cancel 1', 'cancel 2', 'cancel 3']);
});

it('comes to the end, and fetches nothing of what is kept', async () => {
  const { told, batches } = awaited(4);
  const numbers: number[] = [];
  for await (const { batch, fetched } of fetchAhead({ unknownPictures: () => [] }, batches)) {
    numbers.push(batch.labels[0]!);
    expect(fetched).toBeNull();
  }
  expect(numbers).toEqual([0, 1, 2, 3]);
  expect(told).toEqual([]);
});

it('tells who waits for a picture that it failed, and cancels what is not wanted any more', async () => {
  const { told, arrivals, batches } = awaited(4);
  arrivals[0]!.reject(new Error('gone'));
  const ahead = fetchAhead(ALL, batches);
  const { value } = await ahead.next();
  await expect(value!.fetched).rejects.toThrow('gone');
  await ahead.return();
  expect(told.slice(3)).toEqual(['cancel 0', 'cancel 1', 'cancel 2']);
});
