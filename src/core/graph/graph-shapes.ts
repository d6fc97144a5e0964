import { ThawError } from '../errors';
import type { LayerGraph, LayerShape } from './graph';
import { mismatch, outputShape, text } from './layer-shapes';
import { checkWeightShapes } from './weight-shapes';

/**
 * The output shape of every layer for pictures of one size, with every weight held against it on the way.
 *
 * A fixed size of the input layer is not insisted on: a convolutional network takes any, and one that does
 * not (rows and columns flattened into a dense layer) is caught where its weights stop fitting.
 *
 * @param picture [height, width, channels]
 * @throws ThawError `model-invalid` for a graph that is none (order, names, ends), `model-shape-mismatch`
 *   for shapes that contradict each other, `picture-size-unsupported` for pictures that are too small
 */
export function inferShapes(
  graph: LayerGraph,
  picture: readonly [height: number, width: number, channels: number],
): ReadonlyMap<string, LayerShape> {
  checkStructure(graph);
  const shapes = new Map<string, LayerShape>();
  for (const layer of graph.layers) {
    if (layer.kind === 'input') {
      if (layer.channels !== picture[2]) {
        mismatch(layer, `takes ${layer.channels} channels, but the pictures are ${text(picture)}`);
      }
      shapes.set(layer.name, picture);
      continue;
    }
    const inputs = layer.inputs.map((name) => shapes.get(name)!);
    const shape = outputShape(layer, inputs);
    checkWeightShapes(layer, inputs[0]!);
    shapes.set(layer.name, shape);
  }
  return shapes;
}

/**
 * One input layer, which is the first; unique names of layers and weights; inputs before their readers;
 * output and backbone end exist.
 * @throws ThawError `model-invalid`, or `backbone-end-unknown`
 */
export function checkStructure(graph: LayerGraph): void {
  const layers = new Set<string>();
  const weights = new Set<string>();
  graph.layers.forEach((layer, index) => {
    if ((layer.kind === 'input') !== (index === 0)) {
      invalid(graph, 'must have exactly one input layer, and that first');
    }
    if (layer.kind !== 'input' && layer.inputs.length === 0) {
      invalid(graph, `has a layer without input, "${layer.name}"`);
    }
    if (layers.has(layer.name)) invalid(graph, `has two layers called "${layer.name}"`);
    const missing = layer.inputs.find((name) => !layers.has(name));
    if (missing !== undefined) {
      invalid(graph, `has a layer "${layer.name}" that reads "${missing}", which is not before it`);
    }
    layers.add(layer.name);
    for (const { name } of layer.weights) {
      if (weights.has(name)) invalid(graph, `has two weights called "${name}"`);
      weights.add(name);
    }
  });
  if (!layers.has(graph.output)) invalid(graph, `has no layer "${graph.output}" to put out`);
  if (!layers.has(graph.backboneEnd)) {
    throw new ThawError(
      'backbone-end-unknown',
      `The network "${graph.name}" has no layer "${graph.backboneEnd}". Choose one of its layers.`,
    );
  }
}

function invalid(graph: LayerGraph, what: string): never {
  throw new ThawError('model-invalid', `The network "${graph.name}" ${what}.`);
}
