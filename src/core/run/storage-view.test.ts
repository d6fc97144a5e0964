import { expect, it } from 'vitest';
import { describeComparison } from './storage-view';

it('says how far 16 bits were from 32, also where they overflowed', () => {
  expect(describeComparison({ lossError: 0.0017, gradientCosine: 0.97 })).toBe(
    'the first batch’s loss was 0.17 % off, and the gradient’s cosine with that in 32 bits 0.970',
  );
  expect(describeComparison({ lossError: Number.NaN, gradientCosine: 1 })).toContain('beyond all bounds');
});
