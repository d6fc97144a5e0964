import { expect, it } from 'vitest';
import {
  formatChange,
  formatDuration,
  formatEstimate,
  formatMemory,
  formatMillions,
  formatNumberOf,
  formatRate,
  formatShare,
  formatSpeed,
  formatStepTime,
  formatTimes,
  formatTook,
} from './format';

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
  expect(formatRate(1e-7)).toBe('1e-7');
  expect(formatRate(1.2345e-5)).toBe('1.23e-5');
  expect(formatRate(null)).toBe('');
});

it('writes times and shares', () => {
  expect(formatDuration(59_000)).toBe('59 s');
  expect(formatDuration(61_000)).toBe('1 min 01 s');
  expect(formatDuration(3_660_000)).toBe('1 h 01 min');
  expect([0.2, 37.6, 994, 996, 9949, 9951, 61_200].map(formatTook)).toEqual([
    '0.00 s',
    '0.04 s',
    '0.99 s',
    '1.0 s',
    '9.9 s',
    '10 s',
    '1 min 01 s',
  ]);
  expect([1, 2, 1200].map((count) => formatNumberOf(count, 'class', 'classes'))).toEqual([
    '1 class',
    '2 classes',
    '1,200 classes',
  ]);
  expect(formatShare(0.9375)).toBe('0.938');
  expect(formatShare(Number.NaN)).toBe('–');
  expect(formatSpeed(4000)).toBe('0.25');
});

it('writes the time of a step', () => {
  expect([null, 0.5, 12.345, 999.6, 1234.5].map(formatStepTime)).toEqual([
    '–',
    '0.5 ms',
    '12.3 ms',
    '1000 ms',
    '1,235 ms',
  ]);
});

it('writes estimates with the digits they are worth', () => {
  expect([0, 0.04, 0.25, 9.64, 12.4, 75].map(formatEstimate)).toEqual([
    '0 s',
    '< 0.1 s',
    '0.25 s',
    '9.6 s',
    '12 s',
    '1 min 15 s',
  ]);
  expect([1.44, 21.6, 1234].map(formatTimes)).toEqual(['1.4', '22', '1,200']);
  expect([2 ** 19, 2 ** 31].map(formatMemory)).toEqual(['0.5 MB', '2,048 MB']);
  expect([12_345, 31_600_000].map(formatMillions)).toEqual(['0.01 M', '32 M']);
});
