import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lossAndAccuracy, probabilities, validationResult } from './metrics';

describe('lossAndAccuracy', () => {
  it('is the mean of −log softmax at the label', () => {
    const { loss, accuracy } = lossAndAccuracy(
      [Math.log(1), Math.log(3), Math.log(4), Math.log(4)],
      2,
      [0, 1],
    );
    expect(loss).toBeCloseTo((Math.log(4) + Math.log(2)) / 2, 14);
    // Equal logits count for the first class.
    expect(accuracy).toBe(0);
  });

  it('survives large logits, tells NaN as NaN and nothing as NaN', () => {
    expect(lossAndAccuracy([1e30, -1e30], 2, [0])).toEqual({ loss: 0, accuracy: 1 });
    expect(lossAndAccuracy([Number.NaN, 0], 2, [0]).loss).toBeNaN();
    expect(lossAndAccuracy([], 2, []).loss).toBeNaN();
  });

  it('refuses labels and sizes that do not fit', () => {
    for (const labels of [[2], [-1], [0.5], [0, 1]]) {
      expect(() => lossAndAccuracy([0, 0], 2, labels)).toThrowError(
        expect.objectContaining({ code: 'data-invalid' }),
      );
    }
  });
});

describe('probabilities', () => {
  it('sum to one', () => {
    const logit = fc.double({ min: -50, max: 50, noNaN: true });
    fc.assert(
      fc.property(fc.array(fc.tuple(logit, logit, logit), { minLength: 1 }), (rows) => {
        for (const row of probabilities(rows.flat(), 3)) {
          expect(row.reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 12);
        }
      }),
    );
  });
});

describe('validationResult', () => {
  const logits = [5, 0, 0, 5, 0, 0, 0, 5, 0, 0, 5, 0];
  const result = validationResult(logits, [0, 1, 1, 1], ['cat', 'dog', 'owl']);

  it('counts by actual and predicted class', () => {
    expect(result.confusion).toEqual([
      [1, 0, 0],
      [1, 2, 0],
      [0, 0, 0],
    ]);
    expect(result.accuracy).toBe(0.75);
  });

  it('has precision and recall, null where there is nothing to relate to', () => {
    expect(result.perClass).toEqual([
      { name: 'cat', precision: 0.5, recall: 1, support: 1 },
      { name: 'dog', precision: 1, recall: 2 / 3, support: 3 },
      { name: 'owl', precision: null, recall: null, support: 0 },
    ]);
  });

  it('keeps every picture’s prediction', () => {
    expect(result.predictions[1]).toEqual({
      actual: 1,
      predicted: 0,
      probability: probabilities(logits, 3)[1]![0],
    });
  });
});
