import { expect, test } from 'vitest';
import { Lanes } from './lanes';

test('so much goes on at once, in the order it came, whatever fails', async () => {
  const lanes = new Lanes(2);
  const begun: number[] = [];
  let running = 0;
  let most = 0;
  const work = (number: number) => async () => {
    begun.push(number);
    running += 1;
    most = Math.max(most, running);
    await new Promise((resolve) => setTimeout(resolve, 3 - (number % 3)));
    running -= 1;
    if (number === 1) throw new Error('one');
    return number;
  };
  const results = await Promise.allSettled(Array.from({ length: 9 }, (_, number) => lanes.run(work(number))));
  expect(begun).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
  expect(most).toBe(2);
  expect(results.map(({ status }) => status).indexOf('rejected')).toBe(1);
  expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(8);
});
