import type { PhaseKind } from '../phase-plan';

/** What a config would cost on this machine, worked out from its step plans and a short measurement. */
export interface CostReport {
  /** What was measured: `Step plan on SIMD kernels on 2 threads`. */
  readonly engine: string;
  readonly phases: readonly PhaseCost[];
  /** Of all phases. */
  readonly seconds: number;
  /** The four choices of the two BatchNorm switches with everything else as it is; empty for the Lightning preset. */
  readonly combinations: readonly CombinationCost[];
  readonly memory: MemoryCost;
}

export interface PhaseCost {
  readonly name: string;
  readonly kind: PhaseKind;
  /** First epoch, counted from 0, and how many there are; at most, where the phase may begin or end early. */
  readonly startEpoch: number;
  readonly epochs: number;
  readonly seconds: number;
  /** Of one step of a whole batch, without what is computed once. */
  readonly stepMs: number;
  /** Null: every picture goes through the whole network in each epoch. */
  readonly kept: KeptValues | null;
}

/** What is computed once a picture, or once each of its variants, and kept. */
export interface KeptValues {
  /** The layers whose values are kept. */
  readonly layers: readonly string[];
  readonly bytesPerPicture: number;
  /** Of a training picture, on average, as far as the phase's epochs come; 0: of validation pictures alone. */
  readonly trainingVariants: number;
  /** Of all pictures, training and validation. */
  readonly bytes: number;
  /** Of these pictures and variants, how many fit into memory; the others are kept on disk where there is room. */
  readonly picturesInMemory: number;
  /** For computing them once. */
  readonly seconds: number;
}

export interface CombinationCost {
  readonly trainBnFrozenPhase: boolean;
  readonly trainBnUnfrozenPhase: boolean;
  readonly isChosen: boolean;
  readonly frozenSeconds: number;
  readonly unfrozenSeconds: number;
  readonly seconds: number;
  /** Whether training pictures are computed once in the frozen phase. */
  readonly keepsFrozenValues: boolean;
  /** Frozen phase's time as a multiple of the cheapest combination's. */
  readonly frozenTimes: number;
}

export interface MemoryCost {
  /** The most that is held at once. */
  readonly peakBytes: number;
  /** What this machine and a tab's address space allow, as far as the browser tells. */
  readonly limitBytes: number;
  /** Null where the peak is below the limit. */
  readonly proposal: MemoryProposal | null;
}

export interface MemoryProposal {
  readonly change: 'batchSize' | 'pictureSize' | 'backboneEnd';
  /** The batch or picture size that fits; null for an earlier backbone end. */
  readonly value: number | null;
  readonly peakBytes: number | null;
  readonly message: string;
}
