import type { PictureTensors } from '../../core/api';
import type { PixelPictures, Preprocessing } from '../../core/worker-contract';
import type { Executor } from '../executor';
import { inPictureBatches, logitsOf } from './evaluate';
import { pixelPictures } from './pictures';

type Table = readonly [rows: number, columns: number];

/** Evaluation mode, in small batches. @param breathe awaited between them */
export async function predictLogits(
  executor: Executor,
  { images, shape }: PictureTensors,
  breathe: () => Promise<void>,
): Promise<{ logits: Float32Array; shape: Table }> {
  const logits = await inPictureBatches(images, shape, breathe, (some, someShape) =>
    executor.predict(some, someShape),
  );
  return { logits, shape: tableShape(logits, shape[0]) };
}

/** Means over rows and columns at a layer. */
export async function featuresAt(
  executor: Executor,
  { images, shape }: PictureTensors,
  layerName: string,
  breathe: () => Promise<void>,
): Promise<{ values: Float32Array; shape: Table }> {
  const values = await inPictureBatches(images, shape, breathe, (some, someShape) =>
    executor.features(some, someShape, layerName),
  );
  return { values, shape: tableShape(values, shape[0]) };
}

/** Bytes through the backbone's preprocessing. */
export async function classifyPictures(
  executor: Executor,
  { pixels, count, size }: PixelPictures,
  preprocessing: Preprocessing,
  breathe: () => Promise<void>,
): Promise<{ logits: Float32Array; shape: Table }> {
  const unlabelled = new Int32Array(count);
  const logits = await logitsOf(executor, pixelPictures(pixels, size, unlabelled, preprocessing), breathe);
  return { logits, shape: tableShape(logits, count) };
}

function tableShape(values: Float32Array, rows: number): Table {
  return [rows, rows === 0 ? 0 : values.length / rows];
}
