import { ThawError } from '../errors';
import type { ValidationResult } from './run-record';

/** What a classifier says of one picture. */
export interface Prediction {
  readonly predicted: number;
  /** Of the predicted class. */
  readonly probability: number;
  /** −log of the actual class's probability, in nats. */
  readonly loss: number;
}

/**
 * Softmax, its arg max and cross-entropy, in float64 and with the largest logit taken off first, so that
 * large logits do not overflow. Of equal logits the first wins.
 *
 * @param logits [count × classes]; @param labels class index of each picture
 * @throws ThawError `data-invalid` where the sizes disagree or a label is no class
 */
export function predictions(
  logits: ArrayLike<number>,
  classes: number,
  labels: ArrayLike<number>,
): readonly Prediction[] {
  if (logits.length !== labels.length * classes) {
    throw new ThawError(
      'data-invalid',
      `${labels.length} pictures and ${classes} classes need ${labels.length * classes} logits, not ${logits.length}.`,
    );
  }
  return Array.from(labels, (label, picture) => {
    if (!Number.isInteger(label) || label < 0 || label >= classes) {
      throw new ThawError(
        'data-invalid',
        `Label ${label} is none of the ${classes} classes (0…${classes - 1}).`,
      );
    }
    const first = picture * classes;
    let best = 0;
    for (let index = 1; index < classes; index++) {
      if (logits[first + index]! > logits[first + best]!) best = index;
    }
    const largest = logits[first + best]!;
    let sum = 0;
    for (let index = 0; index < classes; index++) sum += Math.exp(logits[first + index]! - largest);
    return {
      predicted: best,
      probability: 1 / sum,
      loss: Math.log(sum) - (logits[first + label]! - largest),
    };
  });
}

/** @returns class probabilities of each picture, [count][classes]. */
export function probabilities(logits: ArrayLike<number>, classes: number): readonly (readonly number[])[] {
  return Array.from({ length: logits.length / classes }, (_, picture) => {
    const row = Array.from({ length: classes }, (_unused, index) => logits[picture * classes + index]!);
    const largest = Math.max(...row);
    const exponentials = row.map((logit) => Math.exp(logit - largest));
    const sum = exponentials.reduce((total, value) => total + value, 0);
    return exponentials.map((value) => value / sum);
  });
}

/**
 * Mean cross-entropy and accuracy; NaN for no pictures.
 * @throws as `predictions`
 */
export function lossAndAccuracy(
  logits: ArrayLike<number>,
  classes: number,
  labels: ArrayLike<number>,
): { readonly loss: number; readonly accuracy: number } {
  const all = predictions(logits, classes, labels);
  const loss = all.reduce((sum, prediction) => sum + prediction.loss, 0) / all.length;
  const right = all.filter((prediction, picture) => prediction.predicted === labels[picture]).length;
  return { loss, accuracy: right / all.length };
}

/**
 * Everything the page shows of a validation: accuracy, loss, confusion, precision and recall by class.
 * @throws as `predictions`
 */
export function validationResult(
  logits: ArrayLike<number>,
  labels: ArrayLike<number>,
  classNames: readonly string[],
): ValidationResult {
  const classes = classNames.length;
  const all = predictions(logits, classes, labels);
  const confusion = classNames.map(() => new Array<number>(classes).fill(0));
  all.forEach(({ predicted }, picture) => {
    const row = confusion[labels[picture]!]!;
    row[predicted] = row[predicted]! + 1;
  });
  const perClass = classNames.map((name, index) => {
    const right = confusion[index]![index]!;
    const support = confusion[index]!.reduce((sum, count) => sum + count, 0);
    const claimed = confusion.reduce((sum, row) => sum + row[index]!, 0);
    return {
      name,
      precision: claimed === 0 ? null : right / claimed,
      recall: support === 0 ? null : right / support,
      support,
    };
  });
  return {
    classNames,
    ...lossAndAccuracy(logits, classes, labels),
    confusion,
    perClass,
    predictions: all.map(({ predicted, probability }, picture) => ({
      actual: labels[picture]!,
      predicted,
      probability,
    })),
  };
}
