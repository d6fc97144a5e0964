import { ThawError } from '../errors';
import type { LayerGraph } from './graph';
import { pictureLayers } from './graph-channels';

/** Words at the end of a layer's name that say what it does, not where it is. */
const OPERATION =
  /^(conv2?d?|dwconv|depthwise|dw|pw|expand|project|bn|batchnorm|norm|relu6?|act|activation|swish|hswish|add|out|output|drop|dropout|pad)\d*$/i;

/**
 * The layers at which a network can be cut in two: every way from the input to the output leads through
 * them. In depth order, the output included, the input not.
 */
export function cutLayers(graph: LayerGraph): readonly string[] {
  const used = ancestorsOf(graph, graph.output);
  const path = graph.layers.filter((layer) => used.has(layer.name));
  const position = new Map(path.map((layer, index) => [layer.name, index]));
  // The farthest reader of anything before a layer: if it lies behind the layer, a way leads around it.
  const farthestReader = path.map((_, index) => index);
  path.forEach((layer, index) => {
    for (const name of layer.inputs) farthestReader[position.get(name)!] = index;
  });
  let farthest = 0;
  return path
    .filter((_, index) => {
      const isCut = index > 0 && farthest <= index;
      farthest = Math.max(farthest, farthestReader[index]!);
      return isCut;
    })
    .map(({ name }) => name);
}

/**
 * The cuts worth offering as the backbone's end, in depth order: what they put out is still a picture, no
 * BatchNorm or activation follows that belongs to them, and of a block's cuts only the last (blocks are
 * told by the layers' names: `block3_expand_relu` and `block3_add` are of one block).
 */
export function possibleBackboneEnds(graph: LayerGraph): readonly string[] {
  const pictures = pictureLayers(graph);
  const finished = cutLayers(graph).filter(
    (name) =>
      pictures.has(name) &&
      !graph.layers.some((layer) => layer.inputs.includes(name) && completesItsInput(layer.kind)),
  );
  return finished.filter((name, index) => {
    const next = finished[index + 1];
    return next === undefined || blockOf(name) !== blockOf(next);
  });
}

/** @throws ThawError `backbone-end-unknown` for a name that is no layer, or one that ways lead around */
export function checkBackboneEnd(graph: LayerGraph, backboneEnd: string): void {
  if (!graph.layers.some((layer) => layer.name === backboneEnd)) {
    throw new ThawError(
      'backbone-end-unknown',
      `The network "${graph.name}" has no layer "${backboneEnd}". Its block ends are ${possibleBackboneEnds(graph).join(', ')}.`,
    );
  }
  if (!cutLayers(graph).includes(backboneEnd)) {
    throw new ThawError(
      'backbone-end-unknown',
      `The backbone cannot end at "${backboneEnd}": other layers lead around it. ` +
        `Choose one of ${possibleBackboneEnds(graph).join(', ')}.`,
    );
  }
}

/** Names of a layer and of everything that it depends on. */
export function ancestorsOf(graph: LayerGraph, name: string): ReadonlySet<string> {
  const needed = new Set([name]);
  for (const layer of [...graph.layers].reverse()) {
    if (needed.has(layer.name)) for (const input of layer.inputs) needed.add(input);
  }
  return needed;
}

function completesItsInput(kind: LayerGraph['layers'][number]['kind']): boolean {
  return kind === 'batchNorm' || kind === 'activation' || kind === 'dropout';
}

function blockOf(name: string): string {
  const parts = name.split(/[_/.]/);
  while (parts.length > 1 && OPERATION.test(parts[parts.length - 1]!)) parts.pop();
  return parts.join('_');
}
