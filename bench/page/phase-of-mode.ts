import { FROZEN_BATCH_NORM, TRAINABLE_BATCH_NORM } from '../../src/core/batch-norm';
import type { Layer, LayerGraph } from '../../src/core/graph/graph';
import { parametersOf } from '../../src/core/phases/variable-groups';
import type { ExecutablePhase } from '../../src/engine/executor';
import type { Mode } from './peer';

const ADAM = { kind: 'adam', beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0 } as const;

export function trains(layer: Layer, mode: Mode): boolean {
  if (mode === 'bn-trained') return true;
  return mode === 'bn-frozen' ? layer.kind !== 'batchNorm' : layer.part === 'head';
}

export function phaseOfMode(graph: LayerGraph, mode: Mode): ExecutablePhase {
  const batchNorm = mode === 'bn-trained' ? TRAINABLE_BATCH_NORM : FROZEN_BATCH_NORM;
  return {
    trained: graph.layers
      .filter((layer) => trains(layer, mode))
      .flatMap((layer) => parametersOf(layer).map(({ name }) => ({ name, group: 0 }))),
    batchNorm: new Map(
      graph.layers.filter(({ kind }) => kind === 'batchNorm').map(({ name }) => [name, batchNorm]),
    ),
    optimizer: ADAM,
  };
}
