import { ThawError } from '../core/errors';
import type { Warning } from '../core/options/train-config';
import type { SuppliedPictures, WorkerData } from '../core/worker-contract';
import type { DecodeOptions, PictureDecoder } from './input/decoder';
import type { PictureFailure } from './input/input-contract';
import { countByClass, type Picture, type PictureSet, withoutPictures } from './picture-set';
import { splitPictures } from './split';

export interface TrainingDataOptions extends DecodeOptions {
  /** Of the split. */
  readonly seed: number;
  /** Default 0.25. */
  readonly validationShare?: number;
}

export interface TrainingData {
  readonly data: Extract<WorkerData, { kind: 'pictures' }>;
  /** Pictures in the order of the data: entry i of a validation result is about `validationPictures[i]`. */
  readonly trainPictures: readonly Picture[];
  readonly validationPictures: readonly Picture[];
  /** The set without the pictures that could not be decoded. */
  readonly set: PictureSet;
  /** `picture-skipped`, one for each of the first few pictures that could not be decoded. */
  readonly warnings: readonly Warning[];
  /** Lets go of the pictures, which cannot be decoded for training any more then. */
  readonly release: () => void;
}

const WARNINGS_SHOWN = 5;
const LEAST_IN_A_CLASS = 2;

/**
 * Decodes a set once, leaves out what cannot be decoded, and splits the rest.
 * @throws ThawError `no-pictures`, `one-class`, `class-too-small`, `cancelled`
 */
export async function makeTrainingData(
  set: PictureSet,
  decoder: PictureDecoder,
  options: TrainingDataOptions,
): Promise<TrainingData> {
  checkTrainable(set, []);
  const decoded = await decoder.decode(set.pictures, options);
  try {
    const unreadable = new Set(decoded.failures.map(({ index }) => set.pictures[index]!.id));
    checkTrainable(
      { ...set, pictures: set.pictures.filter(({ id }) => !unreadable.has(id)) },
      decoded.failures,
    );
    const kept = unreadable.size === 0 ? set : withoutPictures(set, unreadable);
    const labels = kept.pictures.map(({ classIndex }) => classIndex);
    const split = splitPictures(kept.pictures, options.seed, options.validationShare);
    const part = (indices: readonly number[]): SuppliedPictures => ({
      indices: indices.map((index) => decoded.readable[index]!),
      labels: indices.map((index) => labels[index]!),
    });
    return {
      data: {
        kind: 'pictures',
        classNames: kept.classNames,
        size: options.size,
        train: part(split.train),
        validation: part(split.validation),
        supply: decoded.connect(),
      },
      trainPictures: split.train.map((index) => kept.pictures[index]!),
      validationPictures: split.validation.map((index) => kept.pictures[index]!),
      set: kept,
      warnings: skippedWarnings(decoded.failures),
      release: decoded.release,
    };
  } catch (error) {
    decoded.release();
    throw error;
  }
}

/** @param failures why pictures are missing, for the message */
function checkTrainable(set: PictureSet, failures: readonly PictureFailure[]): void {
  const because = failures.length === 0 ? '' : ` ${skippedWarnings(failures)[0]!.message}`;
  if (set.pictures.length === 0) {
    const message = `There are no pictures to train on. Use the sample images or add your own.${because}`;
    throw new ThawError('no-pictures', message);
  }
  if (set.classNames.length < 2) {
    const message = `All pictures are in one class, “${set.classNames[0]}”. Add pictures of at least one other class.`;
    throw new ThawError('one-class', message);
  }
  const counts = countByClass(set);
  const small = counts.findIndex((count) => count < LEAST_IN_A_CLASS);
  if (small === -1) return;
  const has = counts[small] === 0 ? 'no picture' : 'only one picture';
  const message = `The class “${set.classNames[small]}” has ${has} that can be used; it needs one to train on and one to validate on. Add more.${because}`;
  throw new ThawError('class-too-small', message);
}

function skippedWarnings(failures: readonly PictureFailure[]): Warning[] {
  const shown = failures.length > WARNINGS_SHOWN ? WARNINGS_SHOWN - 1 : failures.length;
  const messages = failures.slice(0, shown).map(({ failure }) => `Skipped: ${failure.message}`);
  if (failures.length > shown)
    messages.push(`Skipped ${failures.length - shown} more that cannot be decoded.`);
  return messages.map((message) => ({ code: 'picture-skipped', message }));
}
