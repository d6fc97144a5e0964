import type { BatchNormMode } from '../batch-norm';
import type { PhaseSpec } from '../phase-plan';
import type { ClassWeightsChoice, OptimizerName, OptimizerOptions, PrecisionName } from './train-config';

/** A schedule with every option filled in. */
export type ResolvedSchedule =
  | { readonly kind: 'constant' }
  | { readonly kind: 'step'; readonly stepSize: number; readonly gamma: number }
  | { readonly kind: 'cosine'; readonly minLr: number };

/** Augmentation with every option filled in. */
export type ResolvedAugmentation =
  | { readonly kind: 'none' | 'flip' }
  /** Null: another variant in every epoch. */
  | { readonly kind: 'flip-crop'; readonly variants: number | null };

/** A schedule of the finetuning-scheduler package, and what it takes from elsewhere. */
export interface ResolvedFtsSchedule {
  readonly source: string;
  readonly patience: number;
  readonly minDelta: number;
  /** Of a phase without an `lr`. */
  readonly baseMaxLr: number;
  /** `epochs-only` is its `epoch_transitions_only`: every phase but the last needs an epoch. */
  readonly transitions: 'early-stopping' | 'epochs-only';
  /** Of a BatchNorm that has not been listed yet. */
  readonly frozenBatchNorm: BatchNormMode;
}

/**
 * A training configuration that has been checked and in which nothing is left open: plain data, so it
 * crosses threads and is kept with a run. Names and meanings are those of `TrainConfig`.
 */
export interface ResolvedTrainConfig {
  readonly epochs: number;
  readonly batchSize: number;
  readonly learningRate: number;
  readonly optimizerName: OptimizerName;
  readonly optimizer: OptimizerOptions;
  readonly classWeights: ClassWeightsChoice;
  readonly precision: PrecisionName;
  readonly lrSchedule: ResolvedSchedule;
  readonly shuffle: boolean;
  readonly seed: number;
  readonly augmentation: ResolvedAugmentation;
  readonly preset: 'lightning-2.6' | null;
  /** Phases of one's own; null: those of the callback, or of `ftsSchedule`. */
  readonly phases: readonly PhaseSpec[] | null;
  readonly ftsSchedule: ResolvedFtsSchedule | null;
  /** First unfrozen epoch; at or past `epochs` the backbone is never unfrozen. */
  readonly unfreezeBackboneAtEpoch: number;
  /** The constant factor; null where a function gave the factors. */
  readonly multiplier: number | null;
  /**
   * One factor an epoch: entry e is `lambdaFunc(e + 1)`, used at the start of epoch e. The callback asks
   * only after the unfreezing epoch; entries up to it are 1 where a function was given.
   */
  readonly multiplierAtEpoch: readonly number[];
  readonly backboneInitialRatioLr: number;
  /** Null: the head's rate × `backboneInitialRatioLr`. */
  readonly backboneInitialLr: number | null;
  readonly shouldAlign: boolean;
  readonly initialDenomLr: number;
  readonly trainBnFrozenPhase: boolean;
  readonly trainBnUnfrozenPhase: boolean;
  readonly verbose: boolean;
  readonly rounding: number;
}
