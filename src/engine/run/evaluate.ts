import type { Executor } from '../executor';
import { EVALUATION_BATCH } from '../step-plan/executor/run-in-parts';
import { concatenated } from '../step-plan/float32';
import { fetchAhead } from './fetch-ahead';
import type { Pictures } from './pictures';

/**
 * Logits of all pictures in evaluation mode, [count × classes].
 * @param breathe awaited between batches: lets messages in, and waits while the run is paused
 */
export async function logitsOf(
  executor: Executor,
  pictures: Pictures,
  breathe: () => Promise<void>,
): Promise<Float32Array> {
  const places = Array.from({ length: pictures.count }, (_, place) => place);
  const batches = partsOf(places).map((some) => () => pictures.batch(some));
  const parts: Float32Array[] = [];
  for await (const { batch } of fetchAhead(executor, batches)) {
    if (parts.length > 0) await breathe();
    parts.push(await executor.evaluate(batch));
  }
  return concatenated(parts);
}

/** The same split for numbers that come in one piece. */
export async function inPictureBatches(
  images: Float32Array,
  shape: readonly [count: number, height: number, width: number, channels: number],
  breathe: () => Promise<void>,
  run: (images: Float32Array, shape: readonly [number, number, number, number]) => Promise<Float32Array>,
): Promise<Float32Array> {
  const [count, height, width, channels] = shape;
  const size = height * width * channels;
  const places = Array.from({ length: count }, (_, place) => place);
  const parts: Float32Array[] = [];
  for (const some of partsOf(places)) {
    if (parts.length > 0) await breathe();
    const first = some[0]!;
    const numbers = images.subarray(first * size, (first + some.length) * size);
    parts.push(await run(numbers, [some.length, height, width, channels]));
  }
  return concatenated(parts);
}

function partsOf(places: readonly number[]): readonly (readonly number[])[] {
  return Array.from({ length: Math.ceil(places.length / EVALUATION_BATCH) }, (_, part) =>
    places.slice(part * EVALUATION_BATCH, (part + 1) * EVALUATION_BATCH),
  );
}
