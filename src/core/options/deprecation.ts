import { ThawError } from '../errors';
import { readBoolean } from './option-values';
import type { Warning } from './train-config';

export interface BatchNormSwitches {
  readonly trainBnFrozenPhase: boolean;
  readonly trainBnUnfrozenPhase: boolean;
}

/** Version in which `trainBn` is to be gone; a test fails from then on while the option still exists. */
export const TRAIN_BN_REMOVED_IN = '2.0.0';

const TRAIN_BN_MESSAGE =
  '`trainBn` is deprecated and will be removed in 2.0.0. ' +
  'Use `trainBnFrozenPhase` and `trainBnUnfrozenPhase`; `trainBn` now stands for `trainBnUnfrozenPhase`.';

/**
 * Reads the two BatchNorm switches and the deprecated `trainBn`. An option counts as given when it is
 * there and not undefined, never by comparing with a default: `trainBn: true` is given too.
 *
 * @throws ThawError `invalid-option` for a value that is no boolean (null is none), `conflicting-options`
 *   for a `trainBn` that contradicts a given `trainBnUnfrozenPhase`
 */
export function resolveBatchNormSwitches(options: Readonly<Record<string, unknown>>): {
  readonly switches: BatchNormSwitches;
  readonly warnings: readonly Warning[];
} {
  const read = (name: string) => (options[name] === undefined ? undefined : readBoolean(name, options[name]));
  const trainBnFrozenPhase = read('trainBnFrozenPhase') ?? true;
  const unfrozenPhase = read('trainBnUnfrozenPhase');
  const trainBn = read('trainBn');
  if (trainBn === undefined) {
    return { switches: { trainBnFrozenPhase, trainBnUnfrozenPhase: unfrozenPhase ?? true }, warnings: [] };
  }
  if (unfrozenPhase !== undefined && unfrozenPhase !== trainBn) {
    throw new ThawError(
      'conflicting-options',
      `\`trainBn: ${trainBn}\` contradicts \`trainBnUnfrozenPhase: ${unfrozenPhase}\`. ` +
        'Leave out the deprecated `trainBn`.',
    );
  }
  return {
    switches: { trainBnFrozenPhase, trainBnUnfrozenPhase: trainBn },
    warnings: [{ code: 'train-bn-deprecated', message: TRAIN_BN_MESSAGE }],
  };
}

/** Whether a deprecated option outlived the major version that was to remove it. */
export function isOverdue(packageVersion: string, removedIn: string): boolean {
  return majorOf(packageVersion) >= majorOf(removedIn);
}

function majorOf(version: string): number {
  return Number.parseInt(version, 10);
}
