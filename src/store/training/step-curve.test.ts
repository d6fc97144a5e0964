import { describe, expect, it } from 'vitest';
import { appendLosses, EMPTY_CURVE, stepOfPoint } from './step-curve';

describe('appendLosses', () => {
  it('keeps every step of a short run', () => {
    const curve = appendLosses(appendLosses(EMPTY_CURVE, [3, 2]), [1]);
    expect(curve.points).toEqual([3, 2, 1]);
    expect(stepOfPoint(curve, 2)).toBe(2.5);
  });

  it('thins a long run to means, whatever the portions it comes in', () => {
    const losses = Array.from({ length: 100_000 }, (_, step) => step);
    const atOnce = appendLosses(EMPTY_CURVE, losses);
    let inPortions = EMPTY_CURVE;
    for (let start = 0; start < losses.length; start += 777) {
      inPortions = appendLosses(inPortions, losses.slice(start, start + 777));
    }
    expect(inPortions).toEqual(atOnce);
    expect(atOnce.points.length).toBeLessThan(1200);
    expect(atOnce.points.length).toBeGreaterThanOrEqual(600);
    // The loss of a step is its number, so a point's mean is where it lies, half a step before its middle.
    for (const [index, mean] of atOnce.points.entries()) expect(mean).toBe(stepOfPoint(atOnce, index) - 0.5);
  });
});
