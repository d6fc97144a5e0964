import fc from 'fast-check';
import { expect, test } from 'vitest';
import { stratifiedSplit } from './split';

const labelsOf = (sizes: readonly number[]) =>
  sizes.flatMap((size, label) => new Array<number>(size).fill(label));
const classSizes = fc.array(fc.integer({ min: 2, max: 60 }), { minLength: 1, maxLength: 9 });
const shares = fc.double({ min: 0.01, max: 0.99, noNaN: true });

test('the sample pictures split into 96 and 32, a quarter of every class', () => {
  const labels = labelsOf([28, 28, 36, 36]);
  const { train, validation } = stratifiedSplit(labels, 0);
  expect([train.length, validation.length]).toEqual([96, 32]);
  const perClass = [0, 1, 2, 3].map((label) => validation.filter((index) => labels[index] === label).length);
  expect(perClass).toEqual([7, 7, 9, 9]);
});

test('every picture is in exactly one part, every class in both, each part within a picture of its share', () => {
  fc.assert(
    fc.property(classSizes, shares, fc.integer(), (sizes, share, seed) => {
      const labels = labelsOf(sizes);
      const { train, validation } = stratifiedSplit(labels, seed, share);
      expect([...train, ...validation].sort((a, b) => a - b)).toEqual(labels.map((_, index) => index));
      for (const [label, size] of sizes.entries()) {
        const count = validation.filter((index) => labels[index] === label).length;
        expect(count).toBeGreaterThanOrEqual(1);
        expect(count).toBeLessThanOrEqual(size - 1);
        const least = Math.min(Math.max(size * share, 1), size - 1);
        expect(Math.abs(count - least)).toBeLessThan(1 + 1e-9);
      }
    }),
  );
});

test('where no class is too small for it, the whole is split to the picture', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 8, max: 60 }), { minLength: 1 }), fc.integer(), (sizes, seed) => {
      const labels = labelsOf(sizes);
      expect(stratifiedSplit(labels, seed).validation.length).toBe(Math.round(labels.length * 0.25));
    }),
  );
});

test('one seed gives one split, another seed another', () => {
  const labels = labelsOf([28, 28, 36, 36]);
  expect(stratifiedSplit(labels, 5)).toEqual(stratifiedSplit(labels, 5));
  expect(stratifiedSplit(labels, 5)).not.toEqual(stratifiedSplit(labels, 6));
});

test('a class with one picture is trained on', () => {
  expect(stratifiedSplit([0, 1, 1], 0).train).toContain(0);
});
