import type { LayerGraph } from './graph';

/**
 * Channels (or features) of every layer's output, for any picture size. Layers that mix rows and columns
 * into features (`flatten`, `reshape` to features) have none that is known without a size: null.
 */
export function channelsOf(graph: LayerGraph): ReadonlyMap<string, number | null> {
  const channels = new Map<string, number | null>();
  for (const layer of graph.layers) {
    const inputs = layer.inputs.map((name) => channels.get(name) ?? null);
    const [first] = inputs;
    switch (layer.kind) {
      case 'input':
        channels.set(layer.name, layer.channels);
        break;
      case 'conv2d':
        channels.set(layer.name, layer.filters);
        break;
      case 'depthwiseConv2d':
        channels.set(layer.name, typeof first === 'number' ? first * layer.depthMultiplier : null);
        break;
      case 'dense':
        channels.set(layer.name, layer.units);
        break;
      case 'concatenate':
        channels.set(
          layer.name,
          inputs.reduce((sum, next) => (sum === null || next === null ? null : sum + next)),
        );
        break;
      case 'flatten':
        channels.set(layer.name, null);
        break;
      case 'reshape':
        channels.set(layer.name, layer.shape[layer.shape.length - 1]!);
        break;
      default:
        channels.set(layer.name, inputs.find((next) => next !== null) ?? null);
    }
  }
  return channels;
}

/** Names of the layers whose outputs are pictures (rows, columns, channels), not features. */
export function pictureLayers(graph: LayerGraph): ReadonlySet<string> {
  const pictures = new Set<string>();
  for (const layer of graph.layers) {
    const fromPicture = layer.inputs.some((name) => pictures.has(name));
    const isPicture =
      layer.kind === 'input' ||
      (layer.kind === 'reshape' ? layer.shape.length === 3 : fromPicture && keepsPicture(layer));
    if (isPicture) pictures.add(layer.name);
  }
  return pictures;
}

function keepsPicture(layer: LayerGraph['layers'][number]): boolean {
  if (layer.kind === 'globalAveragePool' || layer.kind === 'globalMaxPool') return layer.keepDims;
  return layer.kind !== 'flatten';
}
