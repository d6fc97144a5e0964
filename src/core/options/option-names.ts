import { ThawError } from '../errors';
import type { SerializableTrainConfig, TrainConfig } from './train-config';

/** Every option that a training configuration may have; the compiler holds it against the types. */
const OPTIONS = {
  epochs: true,
  batchSize: true,
  learningRate: true,
  optimizer: true,
  momentum: true,
  weightDecay: true,
  betas: true,
  epsilon: true,
  classWeights: true,
  precision: true,
  lrSchedule: true,
  shuffle: true,
  seed: true,
  augmentation: true,
  augmentationVariants: true,
  preset: true,
  phases: true,
  ftsSchedule: true,
  ftsOptions: true,
  unfreezeBackboneAtEpoch: true,
  multiplier: true,
  lambdaFunc: true,
  lambdaSamples: true,
  backboneInitialRatioLr: true,
  backboneInitialLr: true,
  shouldAlign: true,
  initialDenomLr: true,
  trainBnFrozenPhase: true,
  trainBnUnfrozenPhase: true,
  trainBn: true,
  verbose: true,
  rounding: true,
} satisfies Record<keyof TrainConfig | keyof SerializableTrainConfig, true>;

export type OptionName = keyof typeof OPTIONS;

export const OPTION_NAMES: readonly string[] = Object.keys(OPTIONS);

/** Names that the field uses for the same thing, and that no edit distance finds. */
const SYNONYMS: Readonly<Record<string, OptionName>> = {
  lr: 'learningRate',
  trainbatchnorm: 'trainBnFrozenPhase',
  freezebn: 'trainBnFrozenPhase',
  scheduler: 'lrSchedule',
  lambda: 'lambdaFunc',
};

/**
 * @param known the names that are allowed
 * @param where what the names belong to, for the message
 * @throws ThawError `unknown-option` for the first name that is not known, naming the nearest one
 */
export function refuseUnknownNames(names: readonly string[], known: readonly string[], where: string): void {
  for (const name of names) {
    if (known.includes(name)) continue;
    const near = nearestName(name, known);
    const hint =
      near === null
        ? `The options are ${known.join(', ')}.`
        : near === 'trainBn'
          ? 'Did you mean `trainBn`? It is deprecated: use `trainBnFrozenPhase` and `trainBnUnfrozenPhase`.'
          : `Did you mean \`${near}\`?`;
    throw new ThawError('unknown-option', `${where} has no option \`${name}\`. ${hint}`);
  }
}

/** @returns the known name that `name` most likely stands for, or null where none is near. */
export function nearestName(name: string, known: readonly string[]): string | null {
  const wanted = simplify(name);
  const synonym = SYNONYMS[wanted];
  if (synonym !== undefined && known.includes(synonym)) return synonym;
  let best: string | null = null;
  let bestDistance = Number.POSITIVE_INFINITY;
  for (const candidate of known) {
    const distance = editDistance(wanted, simplify(candidate));
    if (distance < bestDistance) [best, bestDistance] = [candidate, distance];
  }
  if (bestDistance <= Math.max(1, Math.floor(wanted.length / 4))) return best;
  const longer =
    wanted.length >= 4 ? known.filter((candidate) => simplify(candidate).startsWith(wanted)) : [];
  return longer[0] ?? null;
}

/** `train_bn_frozen-phase` and `trainBnFrozenPhase` are the same name. */
function simplify(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]/g, '');
}

/** Damerau–Levenshtein distance (optimal string alignment): swapping two neighbours costs one. */
export function editDistance(a: string, b: string): number {
  let older: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const same = a[row - 1] === b[column - 1];
      let distance = Math.min(
        previous[column]! + 1,
        current[column - 1]! + 1,
        previous[column - 1]! + (same ? 0 : 1),
      );
      const swapped = row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      if (swapped) distance = Math.min(distance, older[column - 2]! + 1);
      current.push(distance);
    }
    [older, previous] = [previous, current];
  }
  return previous[b.length]!;
}
