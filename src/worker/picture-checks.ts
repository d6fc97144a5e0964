import type { PictureTensors } from '../core/api';
import { ThawError } from '../core/errors';

/** @throws ThawError `data-invalid` for numbers that do not fill their shape, or are none */
export function checkTensors({ images, shape }: PictureTensors, what: string): void {
  const sizes: readonly number[] = Array.isArray(shape) ? shape : [];
  if (sizes.length !== 4 || sizes.some((size) => !Number.isInteger(size) || size < 0)) {
    throw invalid(`The shape of ${what} has to be [count, height, width, channels].`);
  }
  if (!(images instanceof Float32Array)) throw invalid(`The images of ${what} have to be a Float32Array.`);
  const wanted = sizes.reduce((product, size) => product * size, 1);
  if (images.length !== wanted) {
    throw invalid(
      `The images of ${what} hold ${images.length} numbers, but the shape ${sizes.join(' × ')} asks for ${wanted}.`,
    );
  }
  const bad = images.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) throw invalid(`The images of ${what} hold ${String(images[bad])} at position ${bad}.`);
}

/** @throws ThawError `data-invalid` for a label that is no class or a number of labels that is not that of the pictures */
export function checkLabels(labels: readonly number[], count: number, classes: number, what: string): void {
  if (labels.length !== count)
    throw invalid(`There are ${count} pictures of ${what} but ${labels.length} labels.`);
  const bad = labels.findIndex((label) => !Number.isInteger(label) || label < 0 || label >= classes);
  if (bad >= 0) {
    throw invalid(
      `The label ${String(labels[bad])} of ${what} at position ${bad} is none of the ${classes} classes (0…${classes - 1}).`,
    );
  }
}

/** @throws ThawError `one-class`, `no-pictures` */
export function checkClasses(classNames: readonly string[], trainCount: number): void {
  if (trainCount === 0) throw new ThawError('no-pictures', 'There are no pictures to train with. Add some.');
  if (classNames.length < 2) {
    throw new ThawError(
      'one-class',
      'All pictures are of one class. Add pictures of at least one more class.',
    );
  }
}

export function invalid(what: string): ThawError {
  return new ThawError('data-invalid', what);
}
