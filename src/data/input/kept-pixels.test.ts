import fc from 'fast-check';
import { expect, test } from 'vitest';
import { KeptPixels } from './kept-pixels';

const picture = (bytes: number) => ({ pixels: new Uint8Array(bytes), width: bytes / 3, height: 1 });

test('keeps what comes first and fits, and nothing of what comes later', () => {
  const kept = new KeptPixels(100);
  kept.begin(0);
  for (const key of ['a', 'b', 'c', 'd']) kept.keep(0, key, picture(30));
  expect(['a', 'b', 'c', 'd'].map((key) => kept.get(0, key) !== undefined)).toEqual([
    true,
    true,
    true,
    false,
  ]);
  kept.keep(0, 'a', picture(9));
  expect(kept.get(0, 'a')!.pixels).toHaveLength(30);
  expect(kept.size).toEqual({ keptBytes: 90, mostKeptBytes: 90, budgetBytes: 100 });
});

test('an older job makes way for a newer one, and what is released is gone', () => {
  const kept = new KeptPixels(100);
  kept.begin(0);
  for (const key of ['a', 'b', 'c']) kept.keep(0, key, picture(30));
  kept.begin(1);
  kept.keep(1, 'a', picture(9));
  expect(kept.get(0, 'a')).toBeDefined();
  kept.keep(1, 'b', picture(30));
  expect([kept.get(0, 'a'), kept.get(0, 'c')]).toEqual([undefined, undefined]);
  expect(kept.size.keptBytes).toBe(39);
  kept.release(1);
  kept.keep(1, 'c', picture(30));
  expect(kept.size).toMatchObject({ keptBytes: 0, mostKeptBytes: 99 });
});

test('whatever comes and goes, the budget holds', () => {
  const act = fc.record({ job: fc.nat(3), bytes: fc.integer({ min: 1, max: 60 }), ends: fc.boolean() });
  fc.assert(
    fc.property(fc.array(act, { maxLength: 60 }), (acts) => {
      const kept = new KeptPixels(100);
      for (let job = 0; job <= 3; job += 1) kept.begin(job);
      acts.forEach(({ job, bytes, ends }, index) => {
        if (ends) kept.release(job);
        else kept.keep(job, String(index), picture(bytes));
        expect(kept.size.keptBytes).toBeLessThanOrEqual(100);
      });
      for (let job = 0; job <= 3; job += 1) kept.release(job);
      expect(kept.size.keptBytes).toBe(0);
      expect(kept.size.mostKeptBytes).toBeLessThanOrEqual(100);
    }),
  );
});
