import type { StorageView } from './storage-view';

/** How the kernels of a plan's matrix products were chosen. */
export interface PlanTuning {
  /** Shapes of products in the plan. */
  readonly shapes: number;
  /** Those whose kernel was the fastest in a measurement on this adapter: on this visit, or on an earlier one. */
  readonly measured: number;
  readonly remembered: number;
}

/** The plan of the last training step, for people. Bytes as float32, whatever the backend holds. */
export interface PlanView {
  /** Kernel calls of a step; a backend may do several in one dispatch, or one in several. */
  readonly calls: number;
  readonly dispatches: number;
  readonly multiplyAccumulates: number;
  /** Read and written by all dispatches of a step. */
  readonly bytes: number;
  /** Held at once: weights, gradients, optimizer state, activations, and what is kept of frozen pictures. */
  readonly peakBytes: number;
  readonly batchSize: number;
  /** Whether the step starts from the pictures or from what is kept at the frozen boundary. */
  readonly startsAt: 'pictures' | 'frozenValues';
  readonly kept: { readonly pictures: number; readonly memoryBytes: number; readonly diskBytes: number };
  readonly storage: StorageView;
  /** Null where kernels are not chosen by measurement. */
  readonly tuning: PlanTuning | null;
  /** The ten calls with the most work, most first. */
  readonly costliest: readonly {
    readonly kind: string;
    readonly layer: string;
    readonly multiplyAccumulates: number;
    readonly bytes: number;
  }[];
}
