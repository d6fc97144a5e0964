import type { TrainConfig, Warning } from '../options/train-config';
import type { PhaseKind } from '../phase-plan';
import type { LayerStatus } from '../phases/layer-status';

export interface EpochRecord {
  readonly epoch: number;
  readonly phase: PhaseKind;
  /** The phase as its plan calls it. */
  readonly phaseName?: string;
  /** Rates as set at the epoch's start; the backbone's is that of the group that joined last. */
  readonly headLr: number;
  readonly backboneLr: number | null;
  /** Of every group that has joined, the head's first. */
  readonly groupLrs?: readonly number[];
  /** Mean over the epoch's pictures, each measured in its own training step. */
  readonly trainLoss: number;
  readonly trainAccuracy: number;
  /** In evaluation mode after the epoch. */
  readonly valLoss: number;
  readonly valAccuracy: number;
  /** Wall time of the epoch with its validation, in milliseconds. */
  readonly ms: number;
}

/** What a run leaves. */
export interface RunRecord {
  readonly config: Omit<TrainConfig, 'lambdaFunc'>;
  readonly warnings: readonly Warning[];
  readonly epochs: readonly EpochRecord[];
  readonly steps: readonly { readonly loss: number }[];
  readonly layers: readonly LayerStatus[];
  readonly outcome: 'completed' | 'stopped';
}

/** The validation pictures as the trained model sees them. */
export interface ValidationResult {
  readonly classNames: readonly string[];
  readonly accuracy: number;
  readonly loss: number;
  /** [actual][predicted], in pictures. */
  readonly confusion: readonly (readonly number[])[];
  readonly perClass: readonly {
    readonly name: string;
    /** Null where nothing was predicted as the class. */
    readonly precision: number | null;
    /** Null where the class has no validation picture. */
    readonly recall: number | null;
    readonly support: number;
  }[];
  /** One per validation picture, in the order of the data; `probability` is of the predicted class. */
  readonly predictions: readonly {
    readonly actual: number;
    readonly predicted: number;
    readonly probability: number;
  }[];
}
