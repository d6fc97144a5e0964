import type { Batch, PictureBatch, TrainingBatch } from '../executor';

/** The numbers of these rows of a batch, in this order; of all rows where none are named. */
export async function imagesOf(
  { images, shape }: PictureBatch,
  rows?: readonly number[],
): Promise<Float32Array> {
  if (!(images instanceof Float32Array)) return images.read(rows ?? everyRow({ shape }));
  if (rows === undefined) return images;
  const size = shape[1] * shape[2] * shape[3];
  const some = new Float32Array(rows.length * size);
  rows.forEach((row, index) => {
    some.set(images.subarray(row * size, (row + 1) * size), index * size);
  });
  return some;
}

/** The batch with its numbers at hand. */
export async function withImages(batch: TrainingBatch): Promise<Batch> {
  return { ...batch, images: await imagesOf(batch) };
}

export function everyRow({ shape }: Pick<Batch, 'shape'>): readonly number[] {
  return Array.from({ length: shape[0] }, (_, row) => row);
}
