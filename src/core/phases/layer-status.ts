import type { BatchNormMode } from '../batch-norm';

/** One row of the layer table: the plan before training, the truth during and after it. */
export interface LayerStatus {
  readonly name: string;
  readonly type: string;
  readonly part: 'backbone' | 'head';
  /** Learnable parameters; running statistics are not counted. */
  readonly parameters: number;
  /** Null for a layer without weights. */
  readonly trainable: boolean | null;
  /** Null for every layer that is not BatchNorm. */
  readonly bn: BatchNormMode | null;
  /** The rate of the layer's optimizer group; null for a layer that is not trained. */
  readonly learningRate: number | null;
  /** ‖w − w₀‖ / ‖w₀‖ over the layer's parameters, w₀ as loaded; null before anything was measured. */
  readonly weightChange: number | null;
  /** The same over running mean and variance; null where there are none. */
  readonly statisticsChange: number | null;
  /** Whether trainability or BatchNorm mode differs between the first phase and a later one. */
  readonly changesAtBoundary: boolean;
}
