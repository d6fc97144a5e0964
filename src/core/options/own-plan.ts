import { ThawError } from '../errors';
import { writtenOutPhases } from './phase-options';
import type { ResolvedTrainConfig } from './resolved-config';
import type { SerializableTrainConfig, TrainConfig } from './train-config';

type Name = keyof TrainConfig | keyof SerializableTrainConfig;

/** Options of the callback, which a plan of one's own does without. */
const OF_CALLBACK: readonly Name[] = [
  'preset',
  'unfreezeBackboneAtEpoch',
  'multiplier',
  'lambdaFunc',
  'lambdaSamples',
  'backboneInitialRatioLr',
  'backboneInitialLr',
  'shouldAlign',
];

/** What a schedule file says itself: every layer that trains is listed in it. */
const NOT_WITH_FTS: readonly Name[] = [
  ...OF_CALLBACK,
  'initialDenomLr',
  'trainBnFrozenPhase',
  'trainBnUnfrozenPhase',
  'trainBn',
];

/**
 * A run has one plan: the callback's, `phases` or `ftsSchedule`.
 * @throws ThawError `conflicting-options`
 */
export function refuseSecondPlan(config: Readonly<Record<string, unknown>>): void {
  const given = (name: Name) => config[name] !== undefined && config[name] !== null;
  const plan = given('phases') ? 'phases' : given('ftsSchedule') ? 'ftsSchedule' : null;
  if (plan === null) return;
  const others = plan === 'phases' ? ([...OF_CALLBACK, 'ftsSchedule'] as const) : NOT_WITH_FTS;
  const other = others.find(given);
  if (other === undefined) return;
  throw new ThawError(
    'conflicting-options',
    `\`${plan}\` is the whole plan of the run, so \`${other}\` has no meaning beside it. Leave one of them out.`,
  );
}

/** @returns the config without the options that such a plan does without */
export function besideOwnPlan(
  config: SerializableTrainConfig,
  plan: 'phases' | 'ftsSchedule',
): SerializableTrainConfig {
  return without(config, plan === 'phases' ? OF_CALLBACK : NOT_WITH_FTS);
}

/** @returns the config without the options that its own plan does without, and with that plan. */
export function withOwnPlan(
  written: SerializableTrainConfig,
  { phases, ftsSchedule }: Pick<ResolvedTrainConfig, 'phases' | 'ftsSchedule'>,
): SerializableTrainConfig {
  if (phases !== null) return { ...without(written, OF_CALLBACK), phases: writtenOutPhases(phases) };
  if (ftsSchedule === null) return written;
  const { source, ...ftsOptions } = ftsSchedule;
  return { ...without(written, NOT_WITH_FTS), ftsSchedule: source, ftsOptions };
}

function without(config: SerializableTrainConfig, names: readonly Name[]): SerializableTrainConfig {
  const kept = Object.entries(config).filter(([name]) => !names.some((other) => other === name));
  return { epochs: config.epochs, ...Object.fromEntries(kept) };
}
