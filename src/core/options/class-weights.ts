import { ThawError } from '../errors';
import { readChoice, readNumber } from './option-values';
import type { ClassWeightsChoice } from './train-config';

/**
 * Checks the option; whether a list has a weight for every class is for `classWeightsOf`.
 * @throws ThawError `invalid-option`
 */
export function resolveClassWeights(value: unknown): ClassWeightsChoice {
  if (value === undefined) return 'none';
  if (!Array.isArray(value)) return readChoice('classWeights', value, ['none', 'balanced'] as const);
  // A batch of nothing but weightless pictures would have no mean.
  return value.map((weight: unknown, index) => readNumber(`classWeights[${index}]`, weight, { above: 0 }));
}

/**
 * The weight of each class in the training loss, as torch.nn.CrossEntropyLoss(weight=…) takes them.
 * @param labels class index of each training picture
 * @returns null: every picture counts the same
 * @throws ThawError `invalid-option` for a list of another length than there are classes
 */
export function classWeightsOf(
  choice: ClassWeightsChoice,
  labels: ArrayLike<number>,
  classes: number,
): readonly number[] | null {
  if (choice === 'none') return null;
  if (choice === 'balanced') return balancedWeights(labels, classes);
  if (choice.length === classes) return choice;
  throw new ThawError(
    'invalid-option',
    `\`classWeights\` has ${choice.length} weights, but there are ${classes} classes. Give one for each class, in their order.`,
  );
}

/** scikit-learn's class_weight='balanced', whose classes are those that occur; another's weight is not used. */
function balancedWeights(labels: ArrayLike<number>, classes: number): readonly number[] {
  const counts = new Array<number>(classes).fill(0);
  for (let i = 0; i < labels.length; i += 1) counts[labels[i]!]! += 1;
  const present = counts.filter((count) => count > 0).length;
  return counts.map((count) => (count === 0 ? 1 : labels.length / (present * count)));
}
