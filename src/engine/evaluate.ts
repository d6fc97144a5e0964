import type { Executor } from './executor';
import type { Pictures } from './pictures';

/** Pictures of one forward pass: few enough that messages are heard in between. */
const EVALUATION_BATCH = 16;

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
  return inBatches(places, breathe, (some) => executor.evaluate(pictures.batch(some)));
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
  return inBatches(places, breathe, (some) => {
    const first = some[0]!;
    return run(images.subarray(first * size, (first + some.length) * size), [
      some.length,
      height,
      width,
      channels,
    ]);
  });
}

async function inBatches(
  places: readonly number[],
  breathe: () => Promise<void>,
  run: (places: readonly number[]) => Promise<Float32Array>,
): Promise<Float32Array> {
  const parts: Float32Array[] = [];
  for (let start = 0; start < places.length; start += EVALUATION_BATCH) {
    if (start > 0) await breathe();
    parts.push(await run(places.slice(start, start + EVALUATION_BATCH)));
  }
  const all = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    all.set(part, offset);
    offset += part.length;
  }
  return all;
}
