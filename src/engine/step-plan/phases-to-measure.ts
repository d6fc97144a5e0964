import { type BatchNormMode, FROZEN_BATCH_NORM, TRAINABLE_BATCH_NORM } from '../../core/batch-norm';
import { isStatistic, type Layer, type LayerGraph } from '../../core/graph/graph';
import type { OptimizerOptions } from '../../core/options/train-config';
import type { ExecutablePhase } from '../executor';

/** The phase with the most work: all variables in one group, every BatchNorm trainable. */
export function everythingTrained(graph: LayerGraph, optimizer: OptimizerOptions): ExecutablePhase {
  return phaseOf(graph, graph.layers, TRAINABLE_BATCH_NORM, optimizer);
}

/** The one with the least: the head alone, on features that can be kept. */
export function headTrained(graph: LayerGraph, optimizer: OptimizerOptions): ExecutablePhase {
  const head = graph.layers.filter(({ part }) => part === 'head');
  return phaseOf(graph, head, FROZEN_BATCH_NORM, optimizer);
}

function phaseOf(
  { layers }: LayerGraph,
  trained: readonly Layer[],
  mode: BatchNormMode,
  optimizer: OptimizerOptions,
): ExecutablePhase {
  const variables = trained.flatMap(({ weights }) => weights.filter(({ role }) => !isStatistic(role)));
  const batchNorm = layers.filter(({ kind }) => kind === 'batchNorm');
  return {
    trained: variables.map(({ name }) => ({ name, group: 0 })),
    batchNorm: new Map(batchNorm.map(({ name }) => [name, mode])),
    optimizer,
  };
}
