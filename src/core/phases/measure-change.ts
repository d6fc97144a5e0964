import { isStatistic, type LayerGraph, type WeightSpec, type WeightValues } from '../graph/graph';

export interface LayerChange {
  /** Null for a layer without parameters. */
  readonly weightChange: number | null;
  /** Null for a layer without running statistics. */
  readonly statisticsChange: number | null;
}

/**
 * How far each layer's weights are from those that were loaded: ‖w − w₀‖ / ‖w₀‖ (L2), summed in float64,
 * over all parameters of a layer together and over its running statistics together. Exactly 0 where
 * nothing moved. Where w₀ is all zeros (a bias at its initial value) there is nothing to relate to: then
 * it is ‖w − w₀‖.
 *
 * A weight that is missing on either side counts as not measured: the layer's value is null.
 */
export function measureChange(
  graph: LayerGraph,
  loaded: WeightValues,
  present: WeightValues,
): ReadonlyMap<string, LayerChange> {
  const changes = new Map<string, LayerChange>();
  for (const layer of graph.layers) {
    if (layer.weights.length === 0) continue;
    const parameters = layer.weights.filter((weight) => !isStatistic(weight.role));
    const statistics = layer.weights.filter((weight) => isStatistic(weight.role));
    changes.set(layer.name, {
      weightChange: relativeDistance(parameters, loaded, present),
      statisticsChange: relativeDistance(statistics, loaded, present),
    });
  }
  return changes;
}

function relativeDistance(
  weights: readonly WeightSpec[],
  loaded: WeightValues,
  present: WeightValues,
): number | null {
  if (weights.length === 0) return null;
  let squaredDistance = 0;
  let squaredNorm = 0;
  for (const { name } of weights) {
    const before = loaded.get(name);
    const now = present.get(name);
    if (before === undefined || now === undefined) return null;
    for (let i = 0; i < before.length; i++) {
      const start = before[i]!;
      const moved = now[i]! - start;
      squaredDistance += moved * moved;
      squaredNorm += start * start;
    }
  }
  const distance = Math.sqrt(squaredDistance);
  return squaredNorm === 0 ? distance : distance / Math.sqrt(squaredNorm);
}
