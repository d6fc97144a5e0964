import { ThawError } from '../core/errors';
import type { LayerGraph } from '../core/graph/graph';
import { inferShapes } from '../core/graph/graph-shapes';
import type { ResolvedTrainConfig } from '../core/options/resolved-config';
import type { Warning } from '../core/options/train-config';
import type { Preprocessing, SuppliedPictures, WorkerData } from '../core/worker-contract';
import { type Pictures, tensorPictures } from '../engine/run/pictures';
import { type FetchPixels, type SuppliedSet, suppliedPictures } from '../engine/run/supplied-pictures';
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
    checkLabels(part.labels, part.indices.length, data.classNames.length, what);
  }
  checkClasses(data.classNames, data.train.indices.length);
}

/**
 * Checked data as pictures; bytes become numbers batch by batch, with the backbone's preprocessing.
 * @param supply of pictures that are decoded elsewhere
 * @param augmented how training pictures are edited; tensors are used as they are
 */
export function toPictures(
  data: WorkerData,
  supply: { readonly fetch: FetchPixels } | null,
  preprocessing: Preprocessing,
  augmented: SuppliedSet['augmented'] = null,
): TrainingData {
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
  if (supply === null) throw new ThawError('internal', 'The pictures have no port to come from.');
  const common = { fetch: supply.fetch, sizePixels: data.size, preprocessing };
  const one = (part: SuppliedPictures, setName: string, edited: SuppliedSet['augmented']) =>
    suppliedPictures({ ...common, ...part, setName, augmented: edited });
  return {
    kind: 'pictures',
    classNames: data.classNames,
    train: one(data.train, 'training', augmented),
    validation: data.validation.indices.length === 0 ? null : one(data.validation, 'validation', null),
  };
}

/** What the data make of a config. */
export function dataWarnings(data: WorkerData, { augmentation }: ResolvedTrainConfig): readonly Warning[] {
  if (data.kind !== 'tensors' || augmentation.kind === 'none') return [];
  const message =
    'Pictures that are given as tensors are trained on as they are: `augmentation` has no effect on them.';
  return [{ code: 'option-ignored', message }];
}

export function classNamesOf(data: WorkerData): readonly string[] {
  return data.kind === 'tensors' ? data.train.classNames : data.classNames;
}

/** @throws ThawError `no-data`, and `data-invalid` for another number of classes */
export function withClassNames(data: WorkerData | null, classNames: readonly string[]): WorkerData {
  if (data === null) throw new ThawError('no-data', 'There are no classes yet. Add pictures first.');
  const count = classNamesOf(data).length;
  if (classNames.length !== count) {
    throw invalid(`There are ${classNames.length} names for ${count} classes. Give one for each.`);
  }
  return data.kind === 'tensors'
    ? { ...data, train: { ...data.train, classNames } }
    : { ...data, classNames };
}

export function countsOf(data: WorkerData): readonly [train: number, validation: number] {
  return data.kind === 'tensors'
    ? [data.train.shape[0], data.validation?.shape[0] ?? 0]
    : [data.train.indices.length, data.validation.indices.length];
}

/**
 * @param pictureSize that the backbone was loaded for
 * @throws ThawError `data-invalid`, and of shape inference
 */
export function checkPictureShape(data: WorkerData, graph: LayerGraph, pictureSize: number): void {
  if (data.kind === 'pictures' && data.size !== pictureSize) {
    throw invalid(
      `The pictures are ${data.size} pixels wide, but the backbone was loaded for ${pictureSize}. Add the pictures again, or load the backbone for their size.`,
    );
  }
  const shape = data.kind === 'tensors' ? data.train.shape : [0, pictureSize, pictureSize, 3];
  inferShapes(graph, [shape[1]!, shape[2]!, shape[3]!]);
}
