import { expect, it } from 'vitest';
import { formatChange, formatDuration, formatRate, formatShare, formatSpeed } from './format';

it('writes a measured zero as 0 and nothing else', () => {
  expect(formatChange(0)).toBe('0');
  expect(formatChange(1e-12)).toBe('1.0e-12');
  expect(formatChange(0.0123456)).toBe('0.0123');
  expect(formatChange(null)).toBe('');
  expect(formatChange(Number.NaN)).toBe('not finite');
});

it('writes rates without noise', () => {
  expect(formatRate(0.001)).toBe('0.001');
  expect(formatRate(0.1 * 0.001 * 2)).toBe('0.0002');
  expect(formatRate(1e-7)).toBe('1.00e-7');
  expect(formatRate(null)).toBe('');
});

it('writes times and shares', () => {
  expect(formatDuration(59_000)).toBe('59 s');
  expect(formatDuration(61_000)).toBe('1 min 01 s');
  expect(formatDuration(3_660_000)).toBe('1 h 01 min');
  expect(formatShare(0.9375)).toBe('0.938');
  expect(formatShare(Number.NaN)).toBe('–');
  expect(formatSpeed(4000)).toBe('0.25');
});
