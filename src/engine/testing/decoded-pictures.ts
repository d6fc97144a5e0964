import type { WantedPicture } from '../../core/picture-supply';
import { createRandom, resumeRandom } from '../../core/random';
import { mirror, randomResizedCrop } from '../../data/input/augment-pixels';

/** RGB bytes of random pictures, [count, side, side, 3]. */
export function randomPixels(count: number, side: number): Uint8Array<ArrayBuffer> {
  const random = createRandom(7, 'pixels');
  return Uint8Array.from({ length: count * side * side * 3 }, () => Math.floor(random() * 256));
}

/** What the input worker makes of pictures that are decoded already. */
export function editedPixels(
  all: Uint8Array<ArrayBuffer>,
  side: number,
  wanted: readonly WantedPicture[],
): Uint8Array<ArrayBuffer> {
  const size = side * side * 3;
  const edited = new Uint8Array(wanted.length * size);
  wanted.forEach(({ index, mirrored, cropState }, row) => {
    const pixels = all.slice(index * size, (index + 1) * size);
    const target = edited.subarray(row * size, (row + 1) * size);
    const whole = { pixels, width: side, height: side };
    target.set(cropState === null ? pixels : randomResizedCrop(whole, side, resumeRandom(cropState)));
    if (mirrored) mirror(target, side);
  });
  return edited;
}
