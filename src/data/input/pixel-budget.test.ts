import { expect, test } from 'vitest';
import { PixelBudget } from './pixel-budget';

/** Work that ends when it is told to. */
function controlled(budget: PixelBudget, pixels: number) {
  let finish = () => {};
  let hasStarted = false;
  const ended = budget.hold(pixels, () => {
    hasStarted = true;
    return new Promise<void>((resolve) => {
      finish = resolve;
    });
  });
  return { ended, finish: () => finish(), started: () => hasStarted };
}
const settle = () => new Promise((resolve) => setTimeout(resolve));

test('work waits until its pixels fit, in the order it came', async () => {
  const budget = new PixelBudget(10);
  const [first, large, small] = [controlled(budget, 6), controlled(budget, 6), controlled(budget, 1)];
  await settle();
  expect([first.started(), large.started(), small.started()]).toEqual([true, false, false]);
  first.finish();
  await first.ended;
  await settle();
  expect([large.started(), small.started()]).toEqual([true, true]);
});

test('more pixels than the whole budget go alone', async () => {
  const budget = new PixelBudget(10);
  const [huge, small] = [controlled(budget, 99), controlled(budget, 1)];
  await settle();
  expect([huge.started(), small.started()]).toEqual([true, false]);
});

test('work that fails gives its pixels back', async () => {
  const budget = new PixelBudget(10);
  await expect(budget.hold(10, () => Promise.reject(new Error('damaged')))).rejects.toThrow('damaged');
  const next = controlled(budget, 10);
  await settle();
  expect(next.started()).toBe(true);
});
