import type { PictureBatch } from '../../executor';
import type { LoadedPlan } from '../backend';
import { asFloat32, concatenated } from '../float32';

type PictureShape = PictureBatch['shape'];

/**
 * Pictures that are evaluated at once: more would only cost memory, and messages are heard in between. One alone (a webcam's) is done alone; in
 * between the batch is filled up, since each loaded plan holds its own folded weights.
 */
export const EVALUATION_BATCH = 16;

/** The first output of a plan for any number of pictures, part by part. @param ready gives the plan of a part */
export async function runInParts(
  images: Float32Array,
  [count, height, width, channels]: PictureShape,
  ready: (part: PictureShape) => Promise<LoadedPlan>,
): Promise<Float32Array> {
  const picture = height * width * channels;
  const part = [count === 1 ? 1 : EVALUATION_BATCH, height, width, channels] as const;
  const parts: Float32Array[] = [];
  for (let first = 0; first < count; first += part[0]) {
    const loaded = await ready(part);
    const pictures = images.subarray(first * picture, Math.min(count, first + part[0]) * picture);
    for (const input of loaded.plan.inputs) loaded.write(input.buffer, pictures);
    await loaded.run([]);
    const { buffer, elements } = loaded.plan.outputs[0]!;
    const filled = pictures.length / picture / part[0];
    parts.push(asFloat32(await loaded.read(buffer, elements * filled)));
  }
  return concatenated(parts);
}
