import type { DecodedPixels } from './kept-pixels';
import { type CheckedPicture, checkPicture, damaged } from './picture-check';
import type { PixelBudget } from './pixel-budget';
import { type PixelBox, resizePixels } from './resize-pixels';

/** A larger square is halved by the browser down to this side first, or its pixels alone would take 256 MiB. */
const MAX_SQUARE = 2048;
/** A panorama's. */
const MAX_LONG_SIDE = 4096;

/** Of files whose header was read: they are decoded many times. */
const checked = new WeakMap<Blob, CheckedPicture>();

/** How much of a picture is wanted: the centre square, or all of it, its shorter side of at most `size` pixels. */
export type PictureForm = 'square' | 'whole';

/**
 * Decodes a picture, upright as its EXIF orientation says, on white where it is transparent, and resizes it. Runs
 * in a worker.
 * @param size side of the square, or most that the shorter side of the whole picture may have
 * @throws ThawError `picture-unreadable`, `picture-too-large`
 */
export async function decodePicture(
  blob: Blob,
  name: string,
  form: PictureForm,
  size: number,
  budget: PixelBudget,
): Promise<DecodedPixels> {
  const known = checked.get(blob) ?? (await checkPicture(blob, name));
  checked.set(blob, known);
  const { width, height } = known;
  return budget.hold(width * height, async () => {
    const bitmap = await decodeUpright(blob, name);
    try {
      return form === 'square' ? centreSquare(bitmap, size) : wholePicture(bitmap, size);
    } finally {
      bitmap.close();
    }
  });
}

async function decodeUpright(blob: Blob, name: string): Promise<ImageBitmap> {
  try {
    return await createImageBitmap(blob, { imageOrientation: 'from-image' });
  } catch (cause) {
    // A file that was changed or moved meanwhile has a sentence of its own.
    await checkPicture(blob, name);
    throw damaged(name, cause);
  }
}

function centreSquare(bitmap: ImageBitmap, size: number): DecodedPixels {
  const cut = Math.min(bitmap.width, bitmap.height);
  const left = Math.floor((bitmap.width - cut) / 2);
  const top = Math.floor((bitmap.height - cut) / 2);
  const side = Math.min(cut, Math.max(MAX_SQUARE, size));
  return drawn(bitmap, { left, top, width: cut, height: cut }, [side, side], [size, size]);
}

function wholePicture(bitmap: ImageBitmap, shortSide: number): DecodedPixels {
  const { width, height } = bitmap;
  const scale = Math.min(1, shortSide / Math.min(width, height), MAX_LONG_SIDE / Math.max(width, height));
  const sides = (by: number) =>
    [Math.max(1, Math.round(width * by)), Math.max(1, Math.round(height * by))] as const;
  // The browser shrinks a large picture to twice the size, so that few pixels are left for the exact filter.
  const box = { left: 0, top: 0, width, height };
  return drawn(bitmap, box, sides(Math.min(1, 2 * scale)), sides(scale));
}

/** @param read size that the browser draws the box in @param result size that the exact filter makes of it */
function drawn(
  bitmap: ImageBitmap,
  box: PixelBox,
  read: readonly [width: number, height: number],
  result: readonly [width: number, height: number],
): DecodedPixels {
  const [readWidth, readHeight] = read;
  const canvas = new OffscreenCanvas(readWidth, readHeight);
  const context = canvas.getContext('2d', { willReadFrequently: true })!;
  context.fillStyle = 'white';
  context.fillRect(0, 0, readWidth, readHeight);
  context.imageSmoothingQuality = 'high';
  context.drawImage(bitmap, box.left, box.top, box.width, box.height, 0, 0, readWidth, readHeight);
  const bytes = context.getImageData(0, 0, readWidth, readHeight).data;
  const all = { left: 0, top: 0, width: readWidth, height: readHeight };
  const [width, height] = result;
  return {
    pixels: resizePixels({ bytes, width: readWidth, channels: 4 }, all, width, height),
    width,
    height,
  };
}
