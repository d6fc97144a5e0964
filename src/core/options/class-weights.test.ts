import { expect, it } from 'vitest';
import { classWeightsOf } from './class-weights';

const LABELS = [0, 0, 0, 2, 2, 0];

it('gives no weights where every picture counts the same', () => {
  expect(classWeightsOf('none', LABELS, 3)).toBeNull();
});

it('balances as scikit-learn does, whose classes are those that occur', () => {
  // compute_class_weight('balanced', classes=[0, 2], y=[0, 0, 0, 2, 2, 0]) = [0.75, 1.5]
  expect(classWeightsOf('balanced', LABELS, 3)).toEqual([0.75, 1, 1.5]);
});

it('takes a list as it is, and refuses one of another length', () => {
  expect(classWeightsOf([1, 2, 0.5], LABELS, 3)).toEqual([1, 2, 0.5]);
  expect(() => classWeightsOf([1, 2], LABELS, 3)).toThrow(
    expect.objectContaining({
      code: 'invalid-option',
      message:
        '`classWeights` has 2 weights, but there are 3 classes. Give one for each class, in their order.',
    }),
  );
});
