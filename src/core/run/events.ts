import type { Failure } from '../errors';
import type { Warning } from '../options/train-config';
import type { PhaseKind } from '../phase-plan';
import type { LayerStatus } from '../phases/layer-status';
import type { EpochRecord, RunRecord, ValidationResult } from './run-record';

/** What has to be done before a step can run, and how far it is, in kernels or in shapes of products. */
export interface Preparation {
  readonly work: 'compiling' | 'measuring';
  readonly done: number;
  readonly total: number;
}

/** What a run tells while it goes on, in order. One discriminated union, plain data only. */
export type TrainingEvent =
  | {
      readonly type: 'started';
      readonly epochs: number;
      readonly stepsPerEpoch: number;
      /** First unfrozen epoch; null where the backbone is never unfrozen. */
      readonly boundaryEpoch: number | null;
      readonly backend: string;
      readonly layers: readonly LayerStatus[];
      /** Of a run that is resumed: what it did before. */
      readonly earlier?: { readonly epochs: readonly EpochRecord[]; readonly losses: readonly number[] };
    }
  /**
   * The device was lost, and the run goes on from the end of an earlier epoch; the warning that follows says which.
   * What was told before is not told again: the next step told is the first that had not been done.
   */
  | { readonly type: 'restarted'; readonly backend: string }
  /** Before the first step of a phase; told often, and not at all where nothing has to be prepared. */
  | ({ readonly type: 'preparing' } & Preparation)
  | { readonly type: 'warning'; readonly warning: Warning }
  | {
      readonly type: 'epochStarted';
      readonly epoch: number;
      readonly phase: PhaseKind;
      /** The phase as its plan calls it. */
      readonly phaseName?: string;
      readonly headLr: number;
      readonly backboneLr: number | null;
      readonly layers: readonly LayerStatus[];
    }
  | {
      readonly type: 'step';
      /** Counted over the whole run from 0. */
      readonly step: number;
      readonly epoch: number;
      readonly loss: number;
      /** Share of the batch's pictures that were right before the update. */
      readonly accuracy: number;
      /**
       * What the step added to the run: from the loss before it to its own, or from when its pictures were asked for, if
       * that was later. A GPU is given a step before the last one's loss is there, so this is not from a step's begin to its end.
       */
      readonly stepMs: number;
      /** Of `stepMs`, how long the step waited for its pictures; absent where it did not. */
      readonly waitMs?: number;
      /** Steps that were begun already and will be told whatever comes; absent where none were. */
      readonly inFlight?: number;
    }
  | { readonly type: 'epochEnded'; readonly record: EpochRecord; readonly layers: readonly LayerStatus[] }
  | { readonly type: 'log'; readonly message: string }
  | { readonly type: 'paused' }
  | { readonly type: 'resumed' }
  | { readonly type: 'finished'; readonly record: RunRecord; readonly validation: ValidationResult }
  /** Training stopped by a failure; the weights are those of the last epoch that ended well. */
  | { readonly type: 'failed'; readonly failure: Failure };
