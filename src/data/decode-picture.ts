import { checkPicture, damaged } from './picture-check';
import type { PixelBudget } from './pixel-budget';
import { resizeToSquare } from './resize-pixels';

/** A larger square is halved by the browser down to this side first, or its pixels alone would take 256 MiB. */
const MAX_SQUARE = 2048;

/**
 * Decodes a picture, upright as its EXIF orientation says, on white where it is transparent; cuts out the
 * centre square and resizes it. Runs in a worker.
 * @returns RGB bytes, [size, size, 3]
 * @throws ThawError `picture-unreadable`, `picture-too-large`
 */
export async function decodePicture(
  blob: Blob,
  name: string,
  size: number,
  budget: PixelBudget,
): Promise<Uint8Array<ArrayBuffer>> {
  const { width, height } = await checkPicture(blob, name);
  return budget.hold(width * height, async () => {
    const bitmap = await decodeUpright(blob, name);
    try {
      const { pixels, side } = readCentreSquare(bitmap, size);
      return resizeToSquare(pixels, side, side, size);
    } finally {
      bitmap.close();
    }
  });
}

async function decodeUpright(blob: Blob, name: string): Promise<ImageBitmap> {
  try {
    return await createImageBitmap(blob, { imageOrientation: 'from-image' });
  } catch (cause) {
    throw damaged(name, cause);
  }
}

function readCentreSquare(bitmap: ImageBitmap, size: number): { pixels: Uint8ClampedArray; side: number } {
  const cut = Math.min(bitmap.width, bitmap.height);
  const left = Math.floor((bitmap.width - cut) / 2);
  const top = Math.floor((bitmap.height - cut) / 2);
  const side = Math.min(cut, Math.max(MAX_SQUARE, size));
  const canvas = new OffscreenCanvas(side, side);
  const context = canvas.getContext('2d', { willReadFrequently: true })!;
  context.fillStyle = 'white';
  context.fillRect(0, 0, side, side);
  context.imageSmoothingQuality = 'high';
  context.drawImage(bitmap, left, top, cut, cut, 0, 0, side, side);
  return { pixels: context.getImageData(0, 0, side, side).data, side };
}
