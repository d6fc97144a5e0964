import type { Random } from '../../core/random';
import type { DecodedPixels } from './kept-pixels';
import { type PixelBox, resizePixels } from './resize-pixels';

const SCALE = [0.08, 1] as const;
const RATIO = [3 / 4, 4 / 3] as const;
const TRIES = 10;

/**
 * torchvision's RandomResizedCrop.get_params: a box of 0.08…1 of the area, its ratio of width to height between 3/4
 * and 4/3. Where ten tries do not fit: the largest box in the centre within these ratios.
 */
export function randomCropBox(width: number, height: number, random: Random): PixelBox {
  const [low, high] = [Math.log(RATIO[0]), Math.log(RATIO[1])];
  for (let attempt = 0; attempt < TRIES; attempt += 1) {
    const area = width * height * (SCALE[0] + random() * (SCALE[1] - SCALE[0]));
    const ratio = Math.exp(low + random() * (high - low));
    const box = { width: Math.round(Math.sqrt(area * ratio)), height: Math.round(Math.sqrt(area / ratio)) };
    if (box.width < 1 || box.width > width || box.height < 1 || box.height > height) continue;
    const top = Math.floor(random() * (height - box.height + 1));
    const left = Math.floor(random() * (width - box.width + 1));
    return { left, top, ...box };
  }
  const ratio = Math.min(Math.max(width / height, RATIO[0]), RATIO[1]);
  const box = {
    width: Math.min(width, Math.max(1, Math.round(height * ratio))),
    height: Math.min(height, Math.max(1, Math.round(width / ratio))),
  };
  return {
    left: Math.floor((width - box.width) / 2),
    top: Math.floor((height - box.height) / 2),
    ...box,
  };
}

/** @returns RGB bytes of a part of the picture, drawn at random, [size, size, 3] */
export function randomResizedCrop(
  { pixels, width, height }: DecodedPixels,
  size: number,
  random: Random,
): Uint8Array<ArrayBuffer> {
  const box = randomCropBox(width, height, random);
  return resizePixels({ bytes: pixels, width, channels: 3 }, box, size, size);
}

/** Turns the rows of RGB bytes around, in place. */
export function mirror(pixels: Uint8Array, width: number): void {
  const rowBytes = width * 3;
  for (let row = 0; row < pixels.length; row += rowBytes) {
    for (let left = row, right = row + rowBytes - 3; left < right; left += 3, right -= 3) {
      for (let channel = 0; channel < 3; channel += 1) {
        const kept = pixels[left + channel]!;
        pixels[left + channel] = pixels[right + channel]!;
        pixels[right + channel] = kept;
      }
    }
  }
}
