import { expect, it } from 'vitest';
import { combinationCosts } from '../../store/testing/cost-report';
import { describeChoice } from './describe-choice';

it('says what the choice for the frozen phase costs or saves, from the numbers', () => {
  expect(describeChoice(combinationCosts(true, 41, 2), 96)).toBe(
    'BatchNorm trained in the frozen phase: no cache, about 21 × slower. On these few pictures it may also cost accuracy.',
  );
  expect(describeChoice(combinationCosts(true, 41, 2), 5000)).toBe(
    'BatchNorm trained in the frozen phase: no cache, about 21 × slower.',
  );
  expect(describeChoice(combinationCosts(false, 5, 2), 96)).toBe(
    'BatchNorm frozen in the frozen phase: frozen values are computed once and kept, about 2.5 × faster than trained.',
  );
});

it('says nothing where nothing differs, or no frozen phase is', () => {
  expect(describeChoice([], 96)).toBeNull();
  expect(describeChoice(combinationCosts(true, 2.1, 2), 96)).toBeNull();
  expect(describeChoice(combinationCosts(true, 0, 0), 96)).toBeNull();
});
