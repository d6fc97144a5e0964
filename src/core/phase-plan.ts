import type { BatchNormMode } from './batch-norm';

/** How one layer behaves in one phase. Layers without weights have no mode. */
export interface LayerMode {
  /** Whether kernel and bias (for BatchNorm: gamma and beta) are moved. */
  readonly trainable: boolean;
  /** Null for every layer that is not BatchNorm. */
  readonly bn: BatchNormMode | null;
}

/** When a phase begins. The first phase begins at epoch 0. */
export type PhaseStart =
  | { readonly kind: 'epoch'; readonly epoch: number }
  /** When validation loss has not fallen by `minDelta` for `patience` epochs, at the latest at `atLatestEpoch`. */
  | {
      readonly kind: 'stalled';
      readonly patience: number;
      readonly minDelta: number;
      readonly atLatestEpoch: number | null;
    };

/** The rate that the group of variables which joins at a phase's start is given, and how it goes on. */
export interface JoiningGroupRate {
  /**
   * At the phase's start: this rate, or the head's current rate × ratio, or (a group with no rate of its
   * own, as `initialDenomLr` of the callback) the head's current rate / divisor.
   */
  readonly initial:
    | { readonly kind: 'rate'; readonly rate: number }
    | { readonly kind: 'ratio'; readonly ratio: number }
    | { readonly kind: 'divisor'; readonly divisor: number };
  /**
   * Factor on the previous rate, at each later epoch of the run: entry e is used at the start of epoch e
   * (`lambdaFunc(e + 1)` of the callback). Null: the schedule alone moves the group.
   */
  readonly multiplierAtEpoch: readonly number[] | null;
  /** Never above the head's current rate (not checked at the joining epoch itself, as in Lightning). */
  readonly alignToHead: boolean;
}

/** One phase of a plan of one's own, checked: which backbone layers join, when, and at which rate. */
export interface PhaseSpec {
  readonly name: string;
  readonly start: PhaseStart;
  /** Names or patterns of backbone layers that train from here on. The head trains from the start. */
  readonly layers: readonly string[];
  /** By name or pattern, the last that fits; what none fits follows the two switches. */
  readonly batchNorm?: Readonly<Record<string, BatchNormMode>>;
  /** Null: the head's rate / `initialDenomLr`, then moved by the schedule alone. */
  readonly rate: JoiningGroupRate | null;
}

/** Whether the backbone, all or part of it, trains. */
export type PhaseKind = 'frozen' | 'unfrozen';

export interface Phase {
  /** Unique, for people: `frozen phase`, `unfrozen phase`, … */
  readonly name: string;
  /** What the run record calls the phase of an epoch. */
  readonly kind: PhaseKind;
  readonly start: PhaseStart;
  /** Mode of every layer that has weights, by layer name. */
  readonly modes: ReadonlyMap<string, LayerMode>;
  /** How the group of the variables that train for the first time in this phase is rated; null in phase 0. */
  readonly joining: JoiningGroupRate | null;
}

/**
 * What trains when: a list of phases. The layer table, the optimizer's groups and the executor all
 * read this one value. Group 0 is what trains in phase 0 (the head's rate); every later phase in which
 * variables train for the first time adds a group. A variable never changes its group.
 */
export interface PhasePlan {
  readonly phases: readonly Phase[];
}
