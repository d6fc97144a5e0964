import { TRAINABLE_BATCH_NORM } from '../../core/batch-norm';
import { isStatistic, type LayerGraph } from '../../core/graph';
import type { OptimizerOptions } from '../../core/train-config';
import type { ExecutablePhase } from '../executor';

/** The phase with the most work: all variables in one group, every BatchNorm trainable. */
export function everythingTrained(graph: LayerGraph, optimizer: OptimizerOptions): ExecutablePhase {
  return {
    trained: graph.layers.flatMap((layer) =>
      layer.weights
        .filter((weight) => !isStatistic(weight.role))
        .map((weight) => ({ name: weight.name, group: 0 })),
    ),
    batchNorm: new Map(
      graph.layers.flatMap((layer) =>
        layer.kind === 'batchNorm' ? [[layer.name, TRAINABLE_BATCH_NORM] as const] : [],
      ),
    ),
    optimizer,
  };
}
