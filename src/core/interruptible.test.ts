import { expect, it, vi } from 'vitest';
import { ThawError } from './errors';
import { Breakdown, interruptible } from './interruptible';

const reason = new ThawError('internal', 'It has broken down.');
const never = new Promise<never>(() => {});

it('gives the answer and listens no longer', async () => {
  const stop = vi.fn();
  expect(await interruptible(Promise.resolve(3), () => stop)).toBe(3);
  await expect(interruptible(Promise.reject(reason), () => stop)).rejects.toBe(reason);
  expect(stop).toHaveBeenCalledTimes(2);
});

it('waits no longer once it is interrupted', async () => {
  const stop = vi.fn();
  const waiting = interruptible(never, (interrupt) => {
    setTimeout(interrupt, 1, reason);
    return stop;
  });
  await expect(waiting).rejects.toBe(reason);
  expect(stop).toHaveBeenCalledOnce();
});

it('rejects what was asked before a breakdown and after it, with its first reason', async () => {
  const breakdown = new Breakdown();
  expect(await breakdown.orBroken(Promise.resolve('whole'))).toBe('whole');
  const before = breakdown.orBroken(never);
  breakdown.tell(reason);
  breakdown.tell(new ThawError('internal', 'Once more.'));
  await expect(before).rejects.toBe(reason);
  await expect(breakdown.orBroken(never)).rejects.toBe(reason);
});
