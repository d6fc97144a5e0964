import { describe, expect, it } from 'vitest';
import { activationGradientReads } from '../../step-plan/call-buffers';
import { FUSIBLE_ACTIVATIONS } from '../testing/convolution-cases';
import { activate, activationDerivative, derivativeFromOutput, erf } from './formulas';

it('erf to float64', () => {
  // The C library's erf, within a unit or two in the last place.
  const table = [
    [0, 0],
    [0.5, 0.5204998778130465],
    [1, 0.8427007929497149],
    [2, 0.9953222650189527],
    [-1.5, -0.9661051464753108],
    [3, 0.9999779095030014],
  ] as const;
  for (const [x, wanted] of table) expect(Math.abs(erf(x) - wanted)).toBeLessThan(5e-16);
  // The two ways of working it out meet.
  expect(erf(2.4999999)).toBeCloseTo(erf(2.5000001), 9);
});

describe.each(FUSIBLE_ACTIVATIONS)('%s', (activation) => {
  const points = Array.from({ length: 90 }, (_, index) => -8.03 + 0.18 * index);

  it('has the derivative that finite differences give', () => {
    for (const x of points) {
      const step = 1e-6;
      const numeric = (activate(activation, x + step) - activate(activation, x - step)) / (2 * step);
      expect(Math.abs(activationDerivative(activation, x) - numeric)).toBeLessThan(1e-8);
    }
  });

  // The others are not functions of their output.
  if (activationGradientReads(activation) !== 'output') return;
  it('has the same from its output', () => {
    for (const x of points) {
      const wanted = activationDerivative(activation, x);
      expect(derivativeFromOutput(activation, activate(activation, x))).toBeCloseTo(wanted, 12);
    }
  });
});
