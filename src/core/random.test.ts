import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRandom, normalValues, resumeRandom, shuffled, uniformValues } from './random';

const draw = (random: () => number, count = 20) => Array.from({ length: count }, () => random());

describe('createRandom', () => {
  it('gives the same numbers for a seed, others for another and for each stream', () => {
    expect(draw(createRandom(7))).toEqual(draw(createRandom(7)));
    expect(draw(createRandom(7, 'order'))).toEqual(draw(createRandom(7, 'order')));
    const streams = [createRandom(7), createRandom(8), createRandom(7, 'order'), createRandom(7, 'head')];
    streams.push(createRandom(8, 'order'), createRandom(7 + 2 ** 32, 'order'));
    expect(new Set(streams.map((random) => random())).size).toBe(6);
  });

  it('goes on from its written state', () => {
    const random = createRandom(3, 'order');
    draw(random, 5);
    const resumed = resumeRandom(JSON.parse(JSON.stringify(random.state())));
    expect(draw(resumed)).toEqual(draw(random));
  });

  it('is uniform in [0, 1)', () => {
    const values = draw(createRandom(1), 20_000);
    expect(values.every((value) => value >= 0 && value < 1)).toBe(true);
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    expect(Math.abs(mean - 0.5)).toBeLessThan(0.01);
  });
});

describe('what is drawn', () => {
  it('shuffles to a permutation', () => {
    fc.assert(
      fc.property(fc.array(fc.nat()), fc.nat(), (values, seed) => {
        const result = shuffled(values, createRandom(seed));
        expect([...result].sort()).toEqual([...values].sort());
      }),
    );
    expect(shuffled([...Array(50).keys()], createRandom(0))).not.toEqual([...Array(50).keys()]);
  });

  it('keeps the bounds, and mean and deviation', () => {
    const uniform = uniformValues(5000, -2, 3, createRandom(5));
    expect(uniform.every((value) => value >= -2 && value <= 3)).toBe(true);
    const normal = normalValues(20_000, 1, 2, createRandom(5));
    const mean = normal.reduce((sum, value) => sum + value, 0) / normal.length;
    const variance = normal.reduce((sum, value) => sum + (value - mean) ** 2, 0) / normal.length;
    expect(Math.abs(mean - 1)).toBeLessThan(0.05);
    expect(Math.abs(Math.sqrt(variance) - 2)).toBeLessThan(0.05);
    expect(normal.every(Number.isFinite)).toBe(true);
  });
});
