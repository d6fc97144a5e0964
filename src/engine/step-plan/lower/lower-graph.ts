import type { BatchNormMode } from '../../../core/batch-norm';
import type { LayerGraph, LayerShape } from '../../../core/graph/graph';
import { lowerLayer } from './lower-layer';
import type { LoweredNetwork, PlanNode, ValueName } from './nodes';

export interface LoweringOptions {
  /** Pictures as the plan is given them. */
  readonly shape: readonly [count: number, height: number, width: number, channels: number];
  /** By layer name; null: evaluation (BatchNorm by running statistics, no dropout). */
  readonly batchNorm: ReadonlyMap<string, BatchNormMode> | null;
  /** Names of the layers whose outputs the plan is for. */
  readonly results: readonly string[];
}

/** Turns layers into plan nodes, one idea a node: a convolution's own activation becomes a node after it. */
export function lowerGraph(graph: LayerGraph, options: LoweringOptions): LoweredNetwork {
  const [batch, ...pictureShape] = options.shape;
  const nodes: PlanNode[] = [];
  const entries: ValueName[] = [];
  const aliases = new Map<string, ValueName>();
  const valueShapes = new Map<ValueName, LayerShape>();
  // What a layer's readers see; a flatten has another shape than the value it passes on.
  const layerShapes = new Map<string, LayerShape>();
  const valueFor = (layer: string): ValueName => aliases.get(layer) ?? layer;

  graph.layers.forEach((layer, index) => {
    if (layer.kind === 'input') {
      entries.push(layer.name);
      layerShapes.set(layer.name, pictureShape);
      valueShapes.set(layer.name, pictureShape);
      return;
    }
    const lowered = lowerLayer(layer, {
      batch,
      index,
      mode: options.batchNorm?.get(layer.name) ?? null,
      training: options.batchNorm !== null,
      inputs: layer.inputs.map((name) => ({ value: valueFor(name), shape: layerShapes.get(name)! })),
    });
    layerShapes.set(layer.name, lowered.shape);
    if (lowered.nodes.length === 0) aliases.set(layer.name, valueFor(layer.inputs[0]!));
    for (const node of lowered.nodes) {
      nodes.push(node);
      valueShapes.set(node.output, lowered.shape);
    }
  });

  return { batch, nodes, shapes: valueShapes, aliases, entries, results: options.results.map(valueFor) };
}
