import { ThawError } from '../../core/errors';
import { ancestorsOf } from '../../core/graph/backbone-ends';
import type { Layer, LayerGraph } from '../../core/graph/graph';

/** @returns the layers that the named one depends on, itself included, in the graph's order */
export function layersUpTo(graph: LayerGraph, name: string): readonly Layer[] {
  if (!graph.layers.some((layer) => layer.name === name)) {
    throw new ThawError(
      'layer-unknown',
      `There is no layer ${name} in ${graph.name}. Choose one of its layers.`,
    );
  }
  const needed = ancestorsOf(graph, name);
  return graph.layers.filter((layer) => needed.has(layer.name));
}

export interface SplitLayers {
  /** Layers that no gradient has to pass: run before, with nothing recorded. */
  readonly prefix: readonly Layer[];
  /** Layers with a trained variable, and all that read them. */
  readonly suffix: readonly Layer[];
}

export function splitByGradient(layers: readonly Layer[], trained: ReadonlySet<string>): SplitLayers {
  const inSuffix = new Set<string>();
  for (const layer of layers) {
    const trains = layer.weights.some((weight) => trained.has(weight.name));
    if (trains || layer.inputs.some((input) => inSuffix.has(input))) inSuffix.add(layer.name);
  }
  return {
    prefix: layers.filter((layer) => !inSuffix.has(layer.name)),
    suffix: layers.filter((layer) => inSuffix.has(layer.name)),
  };
}
