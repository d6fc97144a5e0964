import type { WeightValues } from '../graph/graph';
import type { SerializableTrainConfig } from '../options/train-config';
import type { RateState } from '../phases/learning-rates';
import type { ClockState } from '../phases/phase-clock';
import type { EpochRecord } from './run-record';

/** A browser's `Blob`, as far as the core needs to know it. */
export interface StoredFile {
  readonly size: number;
  arrayBuffer(): Promise<ArrayBuffer>;
}

/** A run as what goes on with it takes it. */
export type SavedRun = RunState | StoredFile;

/** A run's state as one file, with what can be said of it without reading it. */
export interface RunFile {
  readonly config: SerializableTrainConfig;
  readonly epochsDone: number;
  readonly content: StoredFile;
}

/** Optimizer state of a variable: slots in the variable's layout, and how many updates it has had. */
export interface VariableState {
  readonly stepCount: number;
  /** momentum: [buffer]; adam, adamw: [first moment, second moment]. */
  readonly slots: readonly Float32Array[];
}

/**
 * A run at the end of an epoch as one value that can be structured-cloned and stored: a run that goes on
 * from it gives the losses of one that was never interrupted. There is no state of a random generator in
 * it: order and dropout are drawn from the seed with the epoch's or the step's number. What trains is not
 * in it either: it follows from the config's plan and the clock, so it cannot be lost on the way.
 */
export interface RunState {
  readonly version: 1;
  /** Written out in full, so that it means the same in a later version. */
  readonly config: SerializableTrainConfig;
  /** Where the run stands in its plan: next epoch, phase, and what its early start watches. */
  readonly clock: ClockState;
  readonly rates: RateState;
  /** Pictures it trains on. */
  readonly trainCount: number;
  /** Steps done so far. */
  readonly step: number;
  readonly losses: readonly number[];
  readonly epochs: readonly EpochRecord[];
  readonly weights: WeightValues;
  readonly optimizer: ReadonlyMap<string, VariableState>;
}
