import { FROZEN_BATCH_NORM } from '../batch-norm';
import { ThawError } from '../errors';
import { parseFtsYaml } from './fts-yaml';
import { refuseUnknownNames } from './option-names';
import { isRecord, readChoice, readInteger, readNumber, refuse } from './option-values';
import { readBatchNormChoice } from './phase-options';
import type { ResolvedFtsSchedule } from './resolved-config';
import type { FtsOptions } from './train-config';

const NAMES = [
  'patience',
  'minDelta',
  'baseMaxLr',
  'transitions',
  'frozenBatchNorm',
] satisfies (keyof FtsOptions)[];

/** The package's own defaults, but for BatchNorm, which is frozen as Thaw freezes it. */
export const FTS_DEFAULTS: Omit<ResolvedFtsSchedule, 'source'> = {
  patience: 3,
  minDelta: 0,
  baseMaxLr: 1e-5,
  transitions: 'early-stopping',
  frozenBatchNorm: FROZEN_BATCH_NORM,
};

/**
 * Checks the options `ftsSchedule` and `ftsOptions`; the parameters it lists are held against the network by
 * `planFromFts`.
 * @throws ThawError `invalid-option` (a line of the schedule, or an option), `unknown-option`,
 *   `conflicting-options` for options without a schedule
 */
export function resolveFtsSchedule(source: unknown, options: unknown): ResolvedFtsSchedule | null {
  if (source === undefined) {
    if (options === undefined) return null;
    throw new ThawError('conflicting-options', '`ftsOptions` are for `ftsSchedule`. Give one, or neither.');
  }
  if (typeof source !== 'string') return refuse('ftsSchedule', 'the text of a YAML schedule', source);
  parseFtsYaml(source);
  if (options === undefined) return { source, ...FTS_DEFAULTS };
  if (!isRecord(options)) return refuse('ftsOptions', 'an object', options);
  refuseUnknownNames(Object.keys(options), NAMES, '`ftsOptions`');
  const { patience, minDelta, baseMaxLr, transitions, frozenBatchNorm } = {
    ...FTS_DEFAULTS,
    ...Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)),
  } satisfies Record<keyof FtsOptions, unknown>;
  const frozen = readBatchNormChoice(frozenBatchNorm, 'ftsOptions.frozenBatchNorm');
  if (frozen.affine === 'trained') {
    refuse('ftsOptions.frozenBatchNorm', '"frozen", or a mode whose affine is "frozen"', frozenBatchNorm);
  }
  return {
    source,
    patience: readInteger('ftsOptions.patience', patience, 1),
    minDelta: readNumber('ftsOptions.minDelta', minDelta, { atLeast: 0 }),
    baseMaxLr: readNumber('ftsOptions.baseMaxLr', baseMaxLr, { above: 0 }),
    transitions: readChoice('ftsOptions.transitions', transitions, ['early-stopping', 'epochs-only']),
    frozenBatchNorm: frozen,
  };
}
