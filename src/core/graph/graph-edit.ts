import { ThawError } from '../errors';
import { createRandom, uniformValues } from '../random';
import { ancestorsOf, checkBackboneEnd } from './backbone-ends';
import type { DenseLayer, GlobalPoolLayer, Layer, LayerGraph, Network } from './graph';
import { channelsOf, pictureLayers } from './graph-channels';

/**
 * The network up to its backbone's end and nothing else; all of it is backbone.
 * @throws ThawError `backbone-end-unknown`
 */
export function cutAtBackboneEnd(network: Network, backboneEnd: string): Network {
  checkBackboneEnd(network.graph, backboneEnd);
  const kept = ancestorsOf(network.graph, backboneEnd);
  const layers = network.graph.layers
    .filter((layer) => kept.has(layer.name))
    .map((layer): Layer => ({ ...layer, part: 'backbone' }));
  return withWeightsOf({ ...network.graph, layers, output: backboneEnd, backboneEnd }, network);
}

/**
 * A new head on a backbone: the mean over rows and columns (`head_pool`) and one dense layer
 * (`head_logits`) whose kernel and bias begin as those of torch.nn.Linear, uniform in ±1/√features.
 *
 * @param backbone as `cutAtBackboneEnd` leaves it
 * @param seed of the initial values
 * @throws ThawError `backbone-end-unknown` where the backbone does not put out pictures, `one-class` for
 *   fewer than two classes
 */
export function withNewHead(backbone: Network, classes: number, seed: number): Network {
  const { graph } = backbone;
  if (!Number.isInteger(classes) || classes < 2) {
    throw new ThawError(
      'one-class',
      `A classifier needs two classes or more, not ${classes}. Add pictures of another class.`,
    );
  }
  const features = channelsOf(graph).get(graph.output);
  if (!pictureLayers(graph).has(graph.output) || typeof features !== 'number') {
    throw new ThawError(
      'backbone-end-unknown',
      `A new head needs rows and columns to average, and "${graph.output}" has none. ` +
        'Choose an earlier backbone end, or keep the head.',
    );
  }
  const pool: GlobalPoolLayer = {
    kind: 'globalAveragePool',
    name: freeName(graph, 'head_pool'),
    type: 'GlobalAveragePooling2D',
    inputs: [graph.output],
    weights: [],
    part: 'head',
    keepDims: false,
  };
  const name = freeName(graph, 'head_logits');
  const logits: DenseLayer = {
    kind: 'dense',
    name,
    type: 'Dense',
    inputs: [pool.name],
    weights: [
      { name: `${name}/kernel`, shape: [features, classes], role: 'kernel' },
      { name: `${name}/bias`, shape: [classes], role: 'bias' },
    ],
    part: 'head',
    units: classes,
    activation: 'linear',
  };
  const random = createRandom(seed, 'head');
  const bound = 1 / Math.sqrt(features);
  return {
    graph: { ...graph, layers: [...graph.layers, pool, logits], output: name },
    weights: new Map([
      ...backbone.weights,
      [`${name}/kernel`, uniformValues(features * classes, -bound, bound, random)],
      [`${name}/bias`, uniformValues(classes, -bound, bound, random)],
    ]),
  };
}

/**
 * The network as loaded, the layers behind `backboneEnd` being its head. A softmax at the very end is taken
 * off, because the loss works on logits; layers that the output does not depend on go too.
 * @throws ThawError `backbone-end-unknown`, also where no layer is left for the head
 */
export function withKeptHead(network: Network, backboneEnd: string): Network {
  const { graph } = withoutSoftmax(network);
  checkBackboneEnd(graph, backboneEnd);
  if (backboneEnd === graph.output) {
    throw new ThawError(
      'backbone-end-unknown',
      `Behind "${backboneEnd}" there is no head to keep. Choose an earlier backbone end, or a new head.`,
    );
  }
  const used = ancestorsOf(graph, graph.output);
  const backbone = ancestorsOf(graph, backboneEnd);
  const layers = graph.layers
    .filter((layer) => used.has(layer.name))
    .map((layer): Layer => ({ ...layer, part: backbone.has(layer.name) ? 'backbone' : 'head' }));
  return withWeightsOf({ ...graph, layers, backboneEnd }, network);
}

function withoutSoftmax(network: Network): Network {
  const { graph } = network;
  const last = graph.layers.find((layer) => layer.name === graph.output);
  if (last?.kind === 'activation' && last.activation === 'softmax') {
    const layers = graph.layers.filter((layer) => layer !== last);
    return { ...network, graph: { ...graph, layers, output: last.inputs[0]! } };
  }
  if ((last?.kind === 'dense' || last?.kind === 'conv2d') && last.activation === 'softmax') {
    const layers = graph.layers.map(
      (layer): Layer => (layer === last ? { ...last, activation: 'linear' } : layer),
    );
    return { ...network, graph: { ...graph, layers } };
  }
  return network;
}

/** The graph with the weights that it names, and only those. */
function withWeightsOf(graph: LayerGraph, network: Network): Network {
  const names = graph.layers.flatMap((layer) => layer.weights.map((weight) => weight.name));
  const weights = new Map<string, Float32Array>();
  for (const name of names) {
    const values = network.weights.get(name);
    if (values === undefined) {
      throw new ThawError('model-invalid', `The network "${graph.name}" has no values for "${name}".`);
    }
    weights.set(name, values);
  }
  return { graph, weights };
}

function freeName(graph: LayerGraph, wanted: string): string {
  const taken = (name: string) => graph.layers.some((layer) => layer.name === name);
  let name = wanted;
  for (let number = 2; taken(name); number++) name = `${wanted}_${number}`;
  return name;
}
