import { ThawError } from '../errors';
import { resolveAugmentation, writtenAugmentation } from './augmentation-options';
import { resolveClassWeights } from './class-weights';
import { resolveBatchNormSwitches } from './deprecation';
import { resolveFtsSchedule } from './fts-options';
import { resolveOptimizer } from './optimizer-options';
import { OPTION_NAMES, refuseUnknownNames } from './option-names';
import { isRecord, readBoolean, readChoice, readInteger, readNumber, refuse } from './option-values';
import { refuseSecondPlan, withOwnPlan } from './own-plan';
import { resolvePhases } from './phase-options';
import type { ResolvedSchedule, ResolvedTrainConfig } from './resolved-config';
import type { SerializableTrainConfig, TrainConfig, Warning } from './train-config';

const PRECISIONS = ['32-true', '16-mixed'] as const;

/** More epochs than anyone trains; a bound, because a factor is kept for each. */
const MAX_EPOCHS = 100_000;

/**
 * Checks a training configuration and fills in every default: PyTorch's, and those of Lightning's
 * `BackboneFinetuning`. An option that is undefined counts as left out.
 *
 * @param config what a user gave, so anything at all
 * @throws ThawError `invalid-option` (type or range), `unknown-option` (a near miss is named) or
 *   `conflicting-options`
 */
export function resolveTrainConfig(config: unknown): {
  readonly resolved: ResolvedTrainConfig;
  readonly warnings: readonly Warning[];
} {
  if (!isRecord(config)) return refuse('config', 'an object with at least `epochs`', config);
  refuseUnknownNames(Object.keys(config), OPTION_NAMES, 'The training configuration');

  const integer = (name: string, fallback: number, atLeast: number, atMost?: number) =>
    config[name] === undefined ? fallback : readInteger(name, config[name], atLeast, atMost);
  const positive = (name: string, fallback: number) =>
    config[name] === undefined ? fallback : readNumber(name, config[name], { above: 0 });
  const flag = (name: string, fallback: boolean) =>
    config[name] === undefined ? fallback : readBoolean(name, config[name]);

  const epochs = readInteger('epochs', config.epochs, 1, MAX_EPOCHS);
  const learningRate = positive('learningRate', 1e-3);
  const { name: optimizerName, optimizer } = resolveOptimizer(config);
  refuseSecondPlan(config);
  const unfreezeBackboneAtEpoch = integer('unfreezeBackboneAtEpoch', 10, 0);
  const { switches, warnings } = resolveBatchNormSwitches(config);
  const initialLr = config.backboneInitialLr;
  const initialDenomLr = positive('initialDenomLr', 10);

  const resolved: ResolvedTrainConfig = {
    epochs,
    batchSize: integer('batchSize', 16, 1),
    learningRate,
    optimizerName,
    optimizer,
    classWeights: resolveClassWeights(config.classWeights),
    precision:
      config.precision === undefined ? '32-true' : readChoice('precision', config.precision, PRECISIONS),
    lrSchedule: resolveSchedule(config.lrSchedule, learningRate),
    shuffle: flag('shuffle', true),
    seed: integer('seed', 0, 0),
    augmentation: resolveAugmentation(config),
    preset:
      config.preset === undefined ? null : readChoice('preset', config.preset, ['lightning-2.6'] as const),
    phases: config.phases === undefined ? null : resolvePhases(config.phases, epochs, initialDenomLr),
    ftsSchedule: resolveFtsSchedule(config.ftsSchedule, config.ftsOptions),
    unfreezeBackboneAtEpoch,
    ...resolveMultiplier(config, epochs, unfreezeBackboneAtEpoch),
    backboneInitialRatioLr: positive('backboneInitialRatioLr', 0.1),
    backboneInitialLr:
      initialLr === undefined || initialLr === null ? null : positive('backboneInitialLr', Number.NaN),
    shouldAlign: flag('shouldAlign', true),
    initialDenomLr,
    ...switches,
    verbose: flag('verbose', false),
    rounding: integer('rounding', 12, 0, 100),
  };
  return { resolved, warnings };
}

/**
 * A checked configuration as it crosses threads: functions do not, so `lambdaFunc` is sampled.
 * A deprecated option stays as given, so that the other side warns of it.
 * @throws as `resolveTrainConfig`
 */
export function toSerializableConfig(config: TrainConfig): SerializableTrainConfig {
  const { resolved } = resolveTrainConfig(config);
  const { lambdaFunc, ...rest } = config;
  return lambdaFunc === undefined ? rest : { ...rest, lambdaSamples: resolved.multiplierAtEpoch };
}

/** The resolved configuration written out as a config again; resolving it gives the same value. */
export function writtenOutConfig(resolved: ResolvedTrainConfig): SerializableTrainConfig {
  const { optimizerName, optimizer, multiplier, multiplierAtEpoch, ...others } = resolved;
  const { augmentation, preset, phases, ftsSchedule, ...rest } = others;
  const written: SerializableTrainConfig = {
    ...rest,
    optimizer: optimizerName,
    weightDecay: optimizer.weightDecay,
    ...(optimizer.kind === 'sgd'
      ? optimizerName === 'momentum' && { momentum: optimizer.momentum }
      : { betas: [optimizer.beta1, optimizer.beta2], epsilon: optimizer.epsilon }),
    ...(multiplier === null ? { lambdaSamples: multiplierAtEpoch } : { multiplier }),
    ...writtenAugmentation(augmentation),
    ...(preset !== null && { preset }),
  };
  return withOwnPlan(written, { phases, ftsSchedule });
}

function resolveSchedule(value: unknown, learningRate: number): ResolvedSchedule {
  if (value === undefined) return { kind: 'constant' };
  if (!isRecord(value)) return refuse('lrSchedule', 'an object with a `kind`', value);
  const kind = readChoice('lrSchedule.kind', value.kind, ['constant', 'step', 'cosine']);
  const own = { constant: [], step: ['stepSize', 'gamma'], cosine: ['minLr'] }[kind];
  refuseUnknownNames(Object.keys(value), ['kind', ...own], `The ${kind} schedule`);
  if (kind === 'constant') return { kind };
  if (kind === 'step') {
    return {
      kind,
      stepSize: readInteger('lrSchedule.stepSize', value.stepSize, 1),
      gamma: readNumber('lrSchedule.gamma', value.gamma, { above: 0 }),
    };
  }
  const minLr = value.minLr === undefined ? 0 : readNumber('lrSchedule.minLr', value.minLr, { atLeast: 0 });
  if (minLr > learningRate) {
    throw new ThawError(
      'conflicting-options',
      `\`lrSchedule.minLr\` (${minLr}) is above \`learningRate\` (${learningRate}). Choose a smaller one.`,
    );
  }
  return { kind, minLr };
}

function resolveMultiplier(
  config: Readonly<Record<string, unknown>>,
  epochs: number,
  unfreezeBackboneAtEpoch: number,
): Pick<ResolvedTrainConfig, 'multiplier' | 'multiplierAtEpoch'> {
  const given = ['multiplier', 'lambdaFunc', 'lambdaSamples'].filter((name) => config[name] !== undefined);
  if (given.length > 1) {
    throw new ThawError(
      'conflicting-options',
      `${given.map((name) => `\`${name}\``).join(' and ')} say the same thing twice. Give one of them.`,
    );
  }
  const { lambdaFunc, lambdaSamples } = config;
  if (lambdaFunc !== undefined) {
    if (typeof lambdaFunc !== 'function') return refuse('lambdaFunc', 'a function of the epoch', lambdaFunc);
    const samples = Array.from({ length: epochs }, (_, epoch) =>
      epoch <= unfreezeBackboneAtEpoch ? 1 : sample((argument) => lambdaFunc(argument), epoch + 1),
    );
    return { multiplier: null, multiplierAtEpoch: samples };
  }
  if (lambdaSamples !== undefined) {
    if (!Array.isArray(lambdaSamples) || lambdaSamples.length !== epochs) {
      return refuse('lambdaSamples', `a list of ${epochs} numbers, one an epoch`, lambdaSamples);
    }
    const samples = lambdaSamples.map((value: unknown, epoch) =>
      readNumber(`lambdaSamples[${epoch}]`, value, { above: 0 }),
    );
    return { multiplier: null, multiplierAtEpoch: samples };
  }
  const multiplier =
    config.multiplier === undefined ? 2 : readNumber('multiplier', config.multiplier, { above: 0 });
  return { multiplier, multiplierAtEpoch: new Array<number>(epochs).fill(multiplier) };
}

function sample(lambdaFunc: (epoch: number) => unknown, argument: number): number {
  let value: unknown;
  try {
    value = lambdaFunc(argument);
  } catch (cause) {
    throw new ThawError('invalid-option', `\`lambdaFunc(${argument})\` failed: ${String(cause)}`, { cause });
  }
  return readNumber(`lambdaFunc(${argument})`, value, { above: 0 });
}
