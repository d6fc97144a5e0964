import { expect, it } from 'vitest';
import { drawEdit, keptVariants } from './augmentation';

const PLACES = Array.from({ length: 400 }, (_, place) => place);
const FRESH = { kind: 'flip-crop', variants: null } as const;

it('draws from seed, picture and epoch alone', () => {
  for (const augmentation of [{ kind: 'flip' }, FRESH, { kind: 'flip-crop', variants: 3 }] as const) {
    const draw = (seed: number, epoch: number) =>
      PLACES.map((place) => drawEdit(augmentation, seed, place, epoch).edit);
    expect(draw(1, 2)).toEqual(draw(1, 2));
    expect(draw(1, 2)).not.toEqual(draw(2, 2));
    expect(draw(1, 2)).not.toEqual(draw(1, 3));
  }
});

it('mirrors half of the pictures in an epoch', () => {
  for (const augmentation of [{ kind: 'flip' }, FRESH] as const) {
    const mirrored = PLACES.filter((place) => drawEdit(augmentation, 0, place, 0).edit.mirrored);
    expect(Math.abs(mirrored.length / PLACES.length - 0.5)).toBeLessThan(0.08);
  }
});

it('says the same name for the same edit only', () => {
  const seen = new Map<string, string>();
  for (const seed of [0, 1]) {
    for (let epoch = 0; epoch < 8; epoch += 1) {
      for (const augmentation of [
        { kind: 'none' },
        { kind: 'flip' },
        { kind: 'flip-crop', variants: 3 },
      ] as const) {
        const { edit, variant } = drawEdit(augmentation, seed, 5, epoch);
        const text = JSON.stringify(edit);
        expect(seen.get(variant!) ?? text).toBe(text);
        seen.set(variant!, text);
      }
    }
  }
  // As it is, mirrored, and three variants of each seed.
  expect(seen.size).toBe(8);
  expect(drawEdit(FRESH, 0, 5, 0).variant).toBeNull();
});

it('variants return epoch after epoch, fresh ones never', () => {
  const cycle = (epoch: number) => drawEdit({ kind: 'flip-crop', variants: 4 }, 3, 9, epoch);
  expect([4, 5, 6, 7].map(cycle)).toEqual([0, 1, 2, 3].map(cycle));
  const states = new Set(PLACES.map((epoch) => drawEdit(FRESH, 3, 9, epoch).edit.cropState));
  expect(states.size).toBe(PLACES.length);
});

it('counts what can be kept', () => {
  const kept = (augmentation: Parameters<typeof keptVariants>[0]) =>
    [0, 1, 2, 10].map((epochs) => keptVariants(augmentation, epochs));
  expect(kept({ kind: 'none' })).toEqual([0, 1, 1, 1]);
  expect(kept({ kind: 'flip' })).toEqual([0, 1, 1.5, expect.closeTo(2, 2)]);
  expect(kept({ kind: 'flip-crop', variants: 4 })).toEqual([0, 1, 2, 4]);
  expect(kept(FRESH)).toEqual([0, 0, 0, 0]);
});
