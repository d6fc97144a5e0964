import fc from 'fast-check';
import { expect, test } from 'vitest';
import { resizePixels } from './resize-pixels';

/** A picture whose red is given pixel by pixel, whose green is its negative and whose blue is 7. */
function rgba(reds: readonly number[]): Uint8ClampedArray {
  return Uint8ClampedArray.from(reds.flatMap((red) => [red, 255 - red, 7, 255]));
}
function resizeToSquare(rgba: Uint8ClampedArray, width: number, height: number, size: number): Uint8Array {
  return resizePixels({ bytes: rgba, width, channels: 4 }, { left: 0, top: 0, width, height }, size, size);
}
const redsOf = (rgb: Uint8Array) => rgb.filter((_, index) => index % 3 === 0);

test('at its own size a picture stays what it is', () => {
  const reds = [0, 50, 100, 255];
  expect([...resizeToSquare(rgba(reds), 2, 2, 2)]).toEqual(reds.flatMap((red) => [red, 255 - red, 7]));
});

test('halving weighs as the triangle does: 1, 3, 3, 1 eighths, cut off at the border', () => {
  const row = [0, 80, 160, 240];
  const picture = rgba([...row, ...row, ...row, ...row]);
  // (3·0 + 3·80 + 1·160) / 7 and (80 + 3·160 + 3·240) / 7
  expect([...redsOf(resizeToSquare(picture, 4, 4, 2))]).toEqual([57, 183, 57, 183]);
});

test('doubling interpolates between pixel centres', () => {
  const picture = rgba([0, 100, 0, 100]);
  expect([...redsOf(resizeToSquare(picture, 2, 2, 4)).slice(0, 4)]).toEqual([0, 25, 75, 100]);
});

test('any size: no pixel leaves the range of the input, and an even picture stays even', () => {
  const sides = fc.integer({ min: 1, max: 23 });
  fc.assert(
    fc.property(
      sides,
      sides,
      sides,
      fc.array(fc.nat(255), { minLength: 529, maxLength: 529 }),
      (w, h, size, all) => {
        const reds = all.slice(0, w * h);
        const out = redsOf(resizeToSquare(rgba(reds), w, h, size));
        expect(out.length).toBe(size * size);
        expect(Math.min(...out)).toBeGreaterThanOrEqual(Math.min(...reds));
        expect(Math.max(...out)).toBeLessThanOrEqual(Math.max(...reds));
        const even = resizeToSquare(rgba(reds.map(() => 91)), w, h, size);
        expect(even.every((value, index) => value === [91, 164, 7][index % 3])).toBe(true);
      },
    ),
    { numRuns: 300 },
  );
});

test('a part is resized as if it had been cut out before, from three channels as from four', () => {
  const reds = Array.from({ length: 5 * 4 }, (_, index) => (index * 53) % 256);
  const box = { left: 1, top: 2, width: 3, height: 2 };
  const cut = [11, 12, 13, 16, 17, 18].map((index) => reds[index]!);
  const wanted = resizePixels({ bytes: rgba(cut), width: 3, channels: 4 }, { ...box, left: 0, top: 0 }, 4, 3);
  expect(resizePixels({ bytes: rgba(reds), width: 5, channels: 4 }, box, 4, 3)).toEqual(wanted);
  const rgb = rgba(reds).filter((_, index) => index % 4 !== 3);
  expect(resizePixels({ bytes: rgb, width: 5, channels: 3 }, box, 4, 3)).toEqual(wanted);
  expect(wanted).toHaveLength(4 * 3 * 3);
});
