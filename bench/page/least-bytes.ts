import {
  elementCount,
  type Layer,
  type LayerGraph,
  type LayerShape,
  parameterCount,
} from '../../src/core/graph/graph';
import { inferShapes } from '../../src/core/graph/graph-shapes';

const BYTES = 4;

/** Weights are read forward and for the input's gradient; their gradient is written; Adam reads four numbers and writes three. */
const WEIGHT_TOUCHES = 10;

/**
 * The least a whole training step (BatchNorm by batch statistics, Adam) has to move through memory where
 * nothing is recomputed and no activation outlives a kernel in a cache:
 * - forward: each product's, pool's and sum's output is written once and read once by each that reads it.
 *   BatchNorm and activation are applied on the way; a sum is made by the first of its readers.
 * - backward: each gradient is written once, and read once by what made its value (a sum's: by each addend).
 *   Input and filter gradient read their operands together; BatchNorm needs its input twice, for its two sums
 *   (with the filter gradient of its reader, where that has one) and to apply them.
 * - every weight is touched ten times.
 */
export function leastBytes(graph: LayerGraph, pictureSize: number, batchSize: number): number {
  const shapes = inferShapes(graph, [pictureSize, pictureSize, 3]);
  const size = (name: string) => batchSize * elementCount(shapes.get(name) as LayerShape);
  const kept = keptValues(graph);
  const normalised = new Set(
    graph.layers.filter(({ kind }) => kind === 'batchNorm').map(({ inputs }) => kept.get(inputs[0]!)!),
  );
  const readers = new Map<string, Layer[]>();
  for (const layer of graph.layers) {
    if (!isKept(layer)) continue;
    for (const input of layer.inputs) {
      const value = kept.get(input)!;
      readers.set(value, [...(readers.get(value) ?? []), layer]);
    }
  }
  let elements = 0;
  for (const layer of graph.layers) {
    if (!isKept(layer)) continue;
    const own = size(layer.name);
    const readBy = readers.get(layer.name) ?? [];
    const byProducts = readBy.filter(isProduct).length;
    elements += own * (readBy.length + byProducts);
    if (layer.kind === 'input') continue;
    const isSum = layer.kind === 'add' && readBy.length > 0;
    const gradientReads = layer.kind === 'add' ? layer.inputs.length : 1;
    elements += own * (1 - (isSum ? 1 : 0) + 1 + gradientReads);
    if (normalised.has(layer.name)) elements += own * (byProducts > 0 ? 1 : 2);
  }
  const parameters = graph.layers.reduce((sum, layer) => sum + parameterCount(layer), 0);
  return BYTES * (elements + WEIGHT_TOUCHES * parameters);
}

/** Of each layer, the value in memory that its output is computed from on the way. */
function keptValues(graph: LayerGraph): ReadonlyMap<string, string> {
  const kept = new Map<string, string>();
  for (const layer of graph.layers) {
    kept.set(layer.name, isKept(layer) ? layer.name : kept.get(layer.inputs[0]!)!);
  }
  return kept;
}

function isProduct({ kind }: Layer): boolean {
  return kind === 'conv2d' || kind === 'depthwiseConv2d' || kind === 'dense';
}

function isKept(layer: Layer): boolean {
  switch (layer.kind) {
    case 'batchNorm':
    case 'activation':
    case 'zeroPadding':
    case 'dropout':
    case 'flatten':
    case 'reshape':
    case 'rescaling':
      return false;
    default:
      return true;
  }
}
