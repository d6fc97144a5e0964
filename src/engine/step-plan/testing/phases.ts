import { type BatchNormMode, FROZEN_BATCH_NORM, TRAINABLE_BATCH_NORM } from '../../../core/batch-norm';
import { isStatistic, type LayerGraph } from '../../../core/graph/graph';
import type { OptimizerOptions } from '../../../core/options/train-config';
import { createRandom, normalValues } from '../../../core/random';
import type { Batch, ExecutablePhase } from '../../executor';

/** Every way a BatchNorm can behave, the quirks of Lightning 2.6 among them. */
export const BATCH_NORM_MODES: Readonly<Record<string, BatchNormMode>> = {
  trainable: TRAINABLE_BATCH_NORM,
  frozen: FROZEN_BATCH_NORM,
  'frozen, batch, held': { affine: 'frozen', normaliser: 'batch', statistics: 'held' },
  'frozen, batch, updated': { affine: 'frozen', normaliser: 'batch', statistics: 'updated' },
  'trained, running, held': { affine: 'trained', normaliser: 'running', statistics: 'held' },
  'trained, running, updated': { affine: 'trained', normaliser: 'running', statistics: 'updated' },
};

/** @param frozenUpTo layers up to this one are frozen but for a trained BatchNorm; null: none */
export function phaseOf(
  graph: LayerGraph,
  mode: BatchNormMode,
  optimizer: OptimizerOptions,
  frozenUpTo: string | null = null,
): ExecutablePhase {
  const boundary = graph.layers.findIndex((layer) => layer.name === frozenUpTo);
  const trained = graph.layers.flatMap((layer, index) => {
    const trains = layer.kind === 'batchNorm' ? mode.affine === 'trained' : index > boundary;
    const parameters = layer.weights.filter((weight) => !isStatistic(weight.role));
    return trains ? parameters.map(({ name }) => ({ name, group: index % 2 })) : [];
  });
  const batchNorm = new Map(
    graph.layers.flatMap((layer) => (layer.kind === 'batchNorm' ? [[layer.name, mode] as const] : [])),
  );
  return { trained, batchNorm, optimizer };
}

/**
 * Adam's epsilon is larger than its default: a bias before a BatchNorm has no gradient but rounding errors, and
 * Adam would make whole steps of them, in another direction on every backend.
 */
export const OPTIMIZERS: Readonly<Record<string, OptimizerOptions>> = {
  sgd: { kind: 'sgd', momentum: 0, weightDecay: 0 },
  momentum: { kind: 'sgd', momentum: 0.9, weightDecay: 0.01 },
  adam: { kind: 'adam', beta1: 0.9, beta2: 0.999, epsilon: 1e-4, weightDecay: 0 },
  adamw: { kind: 'adamw', beta1: 0.9, beta2: 0.999, epsilon: 1e-4, weightDecay: 0.01 },
};

export function randomBatch(graph: LayerGraph, classes: number, count: number, seed: number): Batch {
  const input = graph.layers[0]!;
  if (input.kind !== 'input') throw new TypeError('The first layer is not the input.');
  const shape = [count, input.height!, input.width!, input.channels] as const;
  const random = createRandom(seed);
  return {
    images: normalValues(
      shape.reduce((product, size) => product * size, 1),
      0,
      1,
      random,
    ),
    shape,
    labels: Int32Array.from({ length: count }, () => Math.floor(random() * classes)),
    dropoutSeed: seed,
  };
}

export function classesOf(graph: LayerGraph): number {
  const output = graph.layers.find((layer) => layer.name === graph.output);
  if (output?.kind !== 'dense') throw new TypeError('The output is not a dense layer.');
  return output.units;
}
