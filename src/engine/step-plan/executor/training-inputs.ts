import type { LoadedPlan } from '../backend';
import { type FrozenStart, valueAt } from '../frozen/frozen-values';
import { port } from '../plan';

/** What a training step reads, of a number of pictures: their numbers, or the values kept of them. */
export interface TrainingInputs {
  readonly images: Float32Array | null;
  readonly start: FrozenStart | null;
  readonly labels: Int32Array;
  readonly classWeights: readonly number[] | undefined;
}

export function writeInputs(
  loaded: LoadedPlan,
  { images, start, labels, classWeights }: TrainingInputs,
): void {
  const { inputs } = loaded.plan;
  for (const { role, name, buffer } of inputs) {
    if (role === 'value') loaded.write(buffer, images ?? valueAt(start!, name));
  }
  loaded.write(port(inputs, 'labels').buffer, labels);
  if (classWeights !== undefined) loaded.write(port(inputs, 'classWeights').buffer, classWeights);
}

/** @param count of pictures in `inputs` */
export function firstPictures(inputs: TrainingInputs, first: number, count: number): TrainingInputs {
  const { images, start, labels } = inputs;
  return {
    ...inputs,
    images: images === null ? null : images.subarray(0, (images.length / count) * first),
    start:
      start === null
        ? null
        : { ...start, values: start.values.subarray(0, (start.values.length / count) * first) },
    labels: labels.subarray(0, first),
  };
}
