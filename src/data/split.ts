import { createRandom, shuffled } from '../core/random';
import type { Picture } from './picture-set';
import { recordingOf } from './webcam/recording-name';

export const DEFAULT_VALIDATION_SHARE = 0.25;

/** Indices into the labels, ascending; every index is in exactly one part. */
export interface Split {
  readonly train: readonly number[];
  readonly validation: readonly number[];
}

/** Splits pictures by class; the frames of a webcam recording stay together where they can. */
export function splitPictures(pictures: readonly Picture[], seed: number, validationShare?: number): Split {
  const labels = pictures.map(({ classIndex }) => classIndex);
  const recordings = pictures.map(({ name }) => recordingOf(name));
  return stratifiedSplit(labels, seed, validationShare, recordings);
}

/**
 * Splits pictures so that every class has its share in both parts. One seed gives the same split.
 * @param labels class index of each picture; a class with one picture goes to training
 * @param validationShare of the pictures, between 0 and 1. The parts' sizes are within a picture of it, in
 *   every class and altogether, except that each class of two or more has a picture in both parts, and that a
 *   class with recordings may have down to half of it.
 * @param recordings of which near copies each picture is one; null: of none
 */
export function stratifiedSplit(
  labels: readonly number[],
  seed: number,
  validationShare = DEFAULT_VALIDATION_SHARE,
  recordings: readonly (string | null)[] = [],
): Split {
  const byClass = indicesByClass(labels);
  const counts = validationCounts(
    byClass.map((indices) => indices.length),
    validationShare,
  );
  const random = createRandom(seed, 'split');
  const validation = byClass.flatMap((indices, label) =>
    setAside(shuffled(unitsOf(indices, recordings), random), counts[label]!),
  );
  const isValidation = new Set(validation);
  return {
    train: labels.map((_, index) => index).filter((index) => !isValidation.has(index)),
    validation: validation.sort((a, b) => a - b),
  };
}

function indicesByClass(labels: readonly number[]): number[][] {
  const byClass: number[][] = [];
  for (const [index, label] of labels.entries()) {
    while (byClass.length <= label) byClass.push([]);
    byClass[label]!.push(index);
  }
  return byClass;
}

/** Single pictures and whole recordings, in their order. */
function unitsOf(indices: readonly number[], recordings: readonly (string | null)[]): number[][] {
  const units: number[][] = [];
  const unitOf = new Map<string, number[]>();
  for (const index of indices) {
    const recording = recordings[index] ?? null;
    const unit = recording === null ? undefined : unitOf.get(recording);
    if (unit !== undefined) {
      unit.push(index);
      continue;
    }
    units.push([index]);
    if (recording !== null) unitOf.set(recording, units.at(-1)!);
  }
  return units;
}

/** Near copies on both sides would flatter: a recording is cut, at one moment, only where whole ones are too few. */
function setAside(units: readonly (readonly number[])[], count: number): number[] {
  const aside: number[] = [];
  const tooLong: (readonly number[])[] = [];
  for (const unit of units) {
    if (aside.length + unit.length <= count) aside.push(...unit);
    else tooLong.push(unit);
  }
  if (aside.length >= count / 2) return aside;
  return [...aside, ...tooLong[0]!.slice(0, count - aside.length)];
}

/** Largest remainder: the shares are rounded down, and what is missing in all goes where most was cut off. */
function validationCounts(sizes: readonly number[], share: number): number[] {
  const total = sizes.reduce((sum, size) => sum + size, 0);
  const counts = sizes.map((size) => Math.floor(size * share));
  const missing = Math.round(total * share) - counts.reduce((sum, count) => sum + count, 0);
  const remainder = (label: number) => sizes[label]! * share - counts[label]!;
  const mostCutOff = sizes.map((_, label) => label).sort((a, b) => remainder(b) - remainder(a) || a - b);
  for (const label of mostCutOff.slice(0, Math.max(0, missing))) counts[label]! += 1;
  return counts.map((count, label) => {
    const size = sizes[label]!;
    return size < 2 ? 0 : Math.min(Math.max(count, 1), size - 1);
  });
}
