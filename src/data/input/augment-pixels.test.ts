import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createRandom } from '../../core/random';
import { mirror, randomCropBox, randomResizedCrop } from './augment-pixels';

test('mirrored once a row is turned around, mirrored twice a picture is what it was', () => {
  const row = Uint8Array.from([1, 2, 3, 4, 5, 6, 7, 8, 9]);
  mirror(row, 3);
  expect([...row]).toEqual([7, 8, 9, 4, 5, 6, 1, 2, 3]);
  const sizes = fc.integer({ min: 1, max: 9 });
  fc.assert(
    fc.property(sizes, sizes, fc.infiniteStream(fc.nat(255)), (width, height, values) => {
      const pixels = Uint8Array.from([...values.take(width * height * 3)]);
      const twice = pixels.slice();
      mirror(twice, width);
      mirror(twice, width);
      expect(twice).toEqual(pixels);
    }),
  );
});

test('a part lies inside its picture, whatever picture and seed', () => {
  const side = fc.integer({ min: 1, max: 3000 });
  fc.assert(
    fc.property(side, side, fc.nat(), (width, height, seed) => {
      const box = randomCropBox(width, height, createRandom(seed));
      for (const value of Object.values(box)) expect(Number.isInteger(value)).toBe(true);
      expect(Math.min(box.width, box.height)).toBeGreaterThanOrEqual(1);
      expect(Math.min(box.left, box.top)).toBeGreaterThanOrEqual(0);
      expect(box.left + box.width).toBeLessThanOrEqual(width);
      expect(box.top + box.height).toBeLessThanOrEqual(height);
    }),
    { numRuns: 2000 },
  );
});

test('parts are spread over area, ratio and place as RandomResizedCrop spreads them', () => {
  const [width, height] = [400, 300];
  const boxes = Array.from({ length: 4000 }, (_, seed) => randomCropBox(width, height, createRandom(seed)));
  const areas = boxes.map((box) => (box.width * box.height) / (width * height));
  const ratios = boxes.map((box) => box.width / box.height);
  expect(Math.min(...areas)).toBeGreaterThan(0.07);
  expect(Math.min(...areas)).toBeLessThan(0.1);
  expect(Math.max(...areas)).toBeGreaterThan(0.95);
  expect(Math.min(...ratios)).toBeGreaterThan(0.72);
  expect(Math.max(...ratios)).toBeLessThan(1.39);
  // Of those that leave room, as many lie in the left half of the room as in the right.
  const roomy = boxes.filter((box) => width - box.width > 20);
  const left = roomy.filter((box) => box.left < (width - box.width) / 2).length / roomy.length;
  expect(left).toBeGreaterThan(0.46);
  expect(left).toBeLessThan(0.54);
});

test('a picture that no part fits is cut in its centre', () => {
  expect(randomCropBox(1000, 10, createRandom(1))).toEqual({ left: 493, top: 0, width: 13, height: 10 });
  expect(randomCropBox(1, 1, createRandom(1))).toEqual({ left: 0, top: 0, width: 1, height: 1 });
});

test('one seed gives the same part, another one another', () => {
  const pixels = Uint8Array.from({ length: 20 * 16 * 3 }, (_, index) => (index * 7) % 256);
  const crop = (seed: number) => randomResizedCrop({ pixels, width: 20, height: 16 }, 8, createRandom(seed));
  expect(crop(3)).toEqual(crop(3));
  expect(crop(3)).not.toEqual(crop(4));
  expect(crop(3)).toHaveLength(8 * 8 * 3);
});
