import type { LayerGraph } from '../core/graph';
import { inferShapes } from '../core/graph-shapes';
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
    const one = ({ images, shape, labels }: Omit<typeof train, 'classNames'>, setName: string) =>
      tensorPictures(images, [shape[1], shape[2], shape[3]], labels, setName);
    return {
      kind: 'tensors',
      classNames: train.classNames,
      train: one(train, 'training'),
      validation: validation === null || validation.shape[0] === 0 ? null : one(validation, 'validation'),
    };
  }
  const one = ({ pixels, size, labels }: typeof data.train, setName: string) =>
    pixelPictures(pixels, size, labels, preprocessing, setName);
  return {
    kind: 'pixels',
    classNames: data.classNames,
    train: one(data.train, 'training'),
    validation: data.validation.count === 0 ? null : one(data.validation, 'validation'),
  };
}

export function classNamesOf(data: WorkerData): readonly string[] {
  return data.kind === 'tensors' ? data.train.classNames : data.classNames;
}

export function countsOf(data: WorkerData): readonly [train: number, validation: number] {
  return data.kind === 'tensors'
    ? [data.train.shape[0], data.validation?.shape[0] ?? 0]
    : [data.train.count, data.validation.count];
}

/**
 * @param pictureSize that the backbone was loaded for
 * @throws ThawError `data-invalid`, and of shape inference
 */
export function checkPictureShape(data: WorkerData, graph: LayerGraph, pictureSize: number): void {
  if (data.kind === 'pixels' && data.train.size !== pictureSize) {
    throw invalid(
      `The pictures are ${data.train.size} pixels wide, but the backbone was loaded for ${pictureSize}. Add the pictures again, or load the backbone for their size.`,
    );
  }
  const shape = data.kind === 'tensors' ? data.train.shape : [0, pictureSize, pictureSize, 3];
  inferShapes(graph, [shape[1]!, shape[2]!, shape[3]!]);
}
