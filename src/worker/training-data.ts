import type { Preprocessing, WorkerData } from '../core/worker-contract';
import { type Pictures, pixelPictures, tensorPictures } from '../engine/pictures';
import { checkClasses, checkLabels, checkTensors, invalid } from './picture-checks';

export interface TrainingData {
  readonly kind: WorkerData['kind'];
  readonly classNames: readonly string[];
  readonly train: Pictures;
  readonly validation: Pictures | null;
}

/**
 * Holds data against itself.
 * @throws ThawError `data-invalid`, `one-class`, `no-pictures`
 */
export function checkData(data: WorkerData): void {
  if (data.kind === 'tensors') {
    const { train, validation } = data;
    checkTensors(train, 'the training set');
    checkLabels(train.labels, train.shape[0], train.classNames.length, 'the training set');
    checkClasses(train.classNames, train.shape[0]);
    if (validation === null) return;
    checkTensors(validation, 'the validation set');
    checkLabels(validation.labels, validation.shape[0], train.classNames.length, 'the validation set');
    if (validation.shape.slice(1).join() !== train.shape.slice(1).join()) {
      throw invalid(
        'The pictures for validation have another size than those for training. Give both the same.',
      );
    }
    return;
  }
  for (const [what, part] of [
    ['the training set', data.train],
    ['the validation set', data.validation],
  ] as const) {
    if (part.pixels.length !== part.count * part.size * part.size * 3) {
      throw invalid(
        `The pixels of ${what} do not fill ${part.count} RGB pictures of ${part.size} × ${part.size}.`,
      );
    }
    checkLabels(part.labels, part.count, data.classNames.length, what);
  }
  checkClasses(data.classNames, data.train.count);
}

/** Checked data as pictures; bytes become numbers batch by batch, with the backbone's preprocessing. */
export function toPictures(data: WorkerData, preprocessing: Preprocessing): TrainingData {
  if (data.kind === 'tensors') {
    const { train, validation } = data;
    const one = ({ images, shape, labels }: Omit<typeof train, 'classNames'>) =>
      tensorPictures(images, [shape[1], shape[2], shape[3]], labels);
    return {
      kind: 'tensors',
      classNames: train.classNames,
      train: one(train),
      validation: validation === null || validation.shape[0] === 0 ? null : one(validation),
    };
  }
  const one = ({ pixels, size, labels }: typeof data.train) =>
    pixelPictures(pixels, size, labels, preprocessing);
  return {
    kind: 'pixels',
    classNames: data.classNames,
    train: one(data.train),
    validation: data.validation.count === 0 ? null : one(data.validation),
  };
}
