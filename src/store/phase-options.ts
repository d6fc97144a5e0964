import { besideOwnPlan } from '../core/options/own-plan';
import type {
  AugmentationName,
  ClassWeightsChoice,
  LearningRateSchedule,
  OptimizerName,
  PrecisionName,
  SerializableTrainConfig,
  TrainConfig,
} from '../core/options/train-config';

/** A plan that a script gave instead of the callback's two phases. */
export type OwnPlan = Pick<TrainConfig, 'phases' | 'ftsSchedule' | 'ftsOptions'>;

/** What the Phases panel shows: every option with a value, as its controls hold it. NaN is an empty field. */
export interface PhaseOptions {
  readonly epochs: number;
  /** Null: the two phases of the callback. Else the callback's own options have no meaning. */
  readonly ownPlan: OwnPlan | null;
  readonly unfreezeBackboneAtEpoch: number;
  readonly trainBnFrozenPhase: boolean;
  readonly trainBnUnfrozenPhase: boolean;
  readonly learningRate: number;
  readonly batchSize: number;
  readonly optimizer: OptimizerName;
  readonly multiplier: number;
  /** Factors by epoch that a script's function gave, in the place of the multiplier; the last one goes on. */
  readonly multiplierByEpoch: readonly number[] | null;
  readonly backboneInitialRatioLr: number;
  /** Null: the ratio decides. */
  readonly backboneInitialLr: number | null;
  readonly shouldAlign: boolean;
  readonly initialDenomLr: number;
  readonly preset: 'none' | 'lightning-2.6';
  readonly schedule: LearningRateSchedule['kind'];
  readonly scheduleStepSize: number;
  readonly scheduleGamma: number;
  readonly scheduleMinLr: number;
  readonly momentum: number;
  /** Null: the optimizer's own default (0, for AdamW 0.01). */
  readonly weightDecay: number | null;
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  readonly classWeights: ClassWeightsChoice;
  readonly precision: PrecisionName;
  readonly shuffle: boolean;
  readonly seed: number;
  readonly augmentation: AugmentationName;
  /** Of `flip-crop`; null: fresh in every epoch. */
  readonly augmentationVariants: number | null;
  readonly verbose: boolean;
  readonly rounding: number;
}

/** The options of the callback and of the optimizers where a script leaves them out. */
const OPTION_DEFAULTS: Omit<PhaseOptions, 'epochs'> = {
  ownPlan: null,
  unfreezeBackboneAtEpoch: 10,
  trainBnFrozenPhase: true,
  trainBnUnfrozenPhase: true,
  learningRate: 0.001,
  batchSize: 16,
  optimizer: 'adam',
  multiplier: 2,
  multiplierByEpoch: null,
  backboneInitialRatioLr: 0.1,
  backboneInitialLr: null,
  shouldAlign: true,
  initialDenomLr: 10,
  preset: 'none',
  schedule: 'constant',
  scheduleStepSize: 3,
  scheduleGamma: 0.1,
  scheduleMinLr: 0,
  momentum: 0.9,
  weightDecay: null,
  beta1: 0.9,
  beta2: 0.999,
  epsilon: 1e-8,
  classWeights: 'none',
  precision: '32-true',
  shuffle: true,
  seed: 0,
  augmentation: 'none',
  augmentationVariants: 4,
  verbose: false,
  rounding: 12,
};

/**
 * What the page proposes for a small data set: few epochs, the last two of them unfrozen, and half of the
 * callback's ratio, at which two unfrozen epochs undo what the frozen ones reached (docs/backbones.md).
 */
export const PROPOSED_OPTIONS: PhaseOptions = {
  ...OPTION_DEFAULTS,
  epochs: 10,
  unfreezeBackboneAtEpoch: 8,
  backboneInitialRatioLr: 0.05,
};

/** @returns the config that the controls stand for. */
export function toTrainConfig(options: PhaseOptions): TrainConfig {
  const { ownPlan } = options;
  const config = toCallbackConfig(options);
  if (ownPlan === null) return config;
  return { ...besideOwnPlan(config, ownPlan.phases === undefined ? 'ftsSchedule' : 'phases'), ...ownPlan };
}

function toCallbackConfig(options: PhaseOptions): TrainConfig {
  const adaptive = options.optimizer === 'adam' || options.optimizer === 'adamw';
  return {
    epochs: options.epochs,
    unfreezeBackboneAtEpoch: options.unfreezeBackboneAtEpoch,
    trainBnFrozenPhase: options.trainBnFrozenPhase,
    trainBnUnfrozenPhase: options.trainBnUnfrozenPhase,
    learningRate: options.learningRate,
    batchSize: options.batchSize,
    optimizer: options.optimizer,
    ...toMultiplier(options),
    backboneInitialRatioLr: options.backboneInitialRatioLr,
    ...(options.backboneInitialLr === null ? {} : { backboneInitialLr: options.backboneInitialLr }),
    shouldAlign: options.shouldAlign,
    initialDenomLr: options.initialDenomLr,
    ...(options.preset === 'none' ? {} : { preset: options.preset }),
    lrSchedule: toSchedule(options),
    ...(options.optimizer === 'momentum' ? { momentum: options.momentum } : {}),
    ...(options.weightDecay === null ? {} : { weightDecay: options.weightDecay }),
    ...(adaptive ? { betas: [options.beta1, options.beta2] as const, epsilon: options.epsilon } : {}),
    classWeights: options.classWeights,
    precision: options.precision,
    shuffle: options.shuffle,
    seed: options.seed,
    augmentation: options.augmentation,
    ...(options.augmentation === 'flip-crop' && { augmentationVariants: options.augmentationVariants }),
    verbose: options.verbose,
    rounding: options.rounding,
  };
}

function toMultiplier({
  multiplier,
  multiplierByEpoch,
}: PhaseOptions): Pick<TrainConfig, 'multiplier' | 'lambdaFunc'> {
  if (multiplierByEpoch === null) return { multiplier };
  // Called with epoch + 1.
  return { lambdaFunc: (next) => multiplierByEpoch[Math.min(next, multiplierByEpoch.length) - 1]! };
}

function toSchedule(options: PhaseOptions): LearningRateSchedule {
  switch (options.schedule) {
    case 'constant':
      return { kind: 'constant' };
    case 'step':
      return { kind: 'step', stepSize: options.scheduleStepSize, gamma: options.scheduleGamma };
    case 'cosine':
      return { kind: 'cosine', minLr: options.scheduleMinLr };
  }
}

/** @returns what the controls show for a config that a script gave; what it left out has its default. */
export function toPhaseOptions(config: SerializableTrainConfig): PhaseOptions {
  const schedule = config.lrSchedule ?? { kind: 'constant' };
  const shown = {
    ...OPTION_DEFAULTS,
    ...withoutUndefined({
      epochs: config.epochs,
      ownPlan: ownPlanOf(config),
      unfreezeBackboneAtEpoch: config.unfreezeBackboneAtEpoch,
      trainBnFrozenPhase: config.trainBnFrozenPhase,
      trainBnUnfrozenPhase: config.trainBnUnfrozenPhase ?? config.trainBn,
      learningRate: config.learningRate,
      batchSize: config.batchSize,
      optimizer: config.optimizer,
      multiplier: config.multiplier,
      multiplierByEpoch: config.lambdaSamples,
      backboneInitialRatioLr: config.backboneInitialRatioLr,
      backboneInitialLr: config.backboneInitialLr,
      shouldAlign: config.shouldAlign,
      initialDenomLr: config.initialDenomLr,
      preset: config.preset,
      momentum: config.momentum,
      weightDecay: config.weightDecay,
      beta1: config.betas?.[0],
      beta2: config.betas?.[1],
      epsilon: config.epsilon,
      classWeights: config.classWeights,
      precision: config.precision,
      shuffle: config.shuffle,
      seed: config.seed,
      augmentation: config.augmentation,
      augmentationVariants: config.augmentationVariants,
      verbose: config.verbose,
      rounding: config.rounding,
      schedule: schedule.kind,
    }),
    epochs: config.epochs,
  };
  if (schedule.kind === 'step') {
    return { ...shown, scheduleStepSize: schedule.stepSize, scheduleGamma: schedule.gamma };
  }
  return schedule.kind === 'cosine' ? { ...shown, scheduleMinLr: schedule.minLr ?? 0 } : shown;
}

function ownPlanOf({ phases, ftsSchedule, ftsOptions }: SerializableTrainConfig): OwnPlan | null {
  if (phases !== undefined) return { phases };
  return ftsSchedule === undefined ? null : withoutUndefined({ ftsSchedule, ftsOptions });
}

type Defined<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

function withoutUndefined<T extends object>(values: T): Defined<T> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Defined<T>;
}

/** A run replaces the options by those of its config, which may say the same. */
export function isSameOptions(one: PhaseOptions, other: PhaseOptions): boolean {
  return one === other || JSON.stringify(one) === JSON.stringify(other);
}
