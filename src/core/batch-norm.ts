/**
 * "Trainable" hides three separate facts about a BatchNorm layer. They are kept apart here and
 * everywhere else: in the phase plan, in the engine and in the layer table.
 */
export interface BatchNormMode {
  /** Whether gamma and beta are moved by the optimizer. */
  readonly affine: 'trained' | 'frozen';
  /** Which mean and variance the layer normalises with in a training step. */
  readonly normaliser: 'batch' | 'running';
  /** Whether a training step moves the running mean and variance. */
  readonly statistics: 'updated' | 'held';
}

/** BatchNorm that trains: what PyTorch's `train()` with `requires_grad=True` does. */
export const TRAINABLE_BATCH_NORM: BatchNormMode = {
  affine: 'trained',
  normaliser: 'batch',
  statistics: 'updated',
};

/** BatchNorm of which nothing moves, as Keras, detectron2 and timm freeze it. */
export const FROZEN_BATCH_NORM: BatchNormMode = {
  affine: 'frozen',
  normaliser: 'running',
  statistics: 'held',
};
