import { ThawError } from '../core/errors';
import { possibleBackboneEnds } from '../core/graph/backbone-ends';
import type { InputLayer, Layer, LayerGraph, Network } from '../core/graph/graph';
import { cutAtBackboneEnd, withKeptHead, withNewHead } from '../core/graph/graph-edit';
import { inferShapes } from '../core/graph/graph-shapes';
import { layersAtRest } from '../core/phases/layer-table';
import type { BackboneReport, Preprocessing, WorkerBackboneSource } from '../core/worker-contract';
import { readLayersModelFromFiles, readLayersModelFromUrl } from '../engine/readers/layers-model';

/** A backbone as it was read, and how it is to be used. */
export interface Backbone {
  /** With all its layers. */
  readonly network: Network;
  readonly possibleEnds: readonly string[];
  readonly backboneEnd: string;
  readonly keepHead: boolean;
  readonly pictureSize: number;
  readonly preprocessing: Preprocessing;
}

/** To [−1, 1): what most models without a word about it want. */
const USUAL_PREPROCESSING: Preprocessing = { mean: [127.5, 127.5, 127.5], std: [127.5, 127.5, 127.5] };

/** For a network that scales its pixels itself. */
const NO_PREPROCESSING: Preprocessing = { mean: [0, 0, 0], std: [1, 1, 1] };

/**
 * Reads a backbone and holds its end and picture size against it.
 * @param usualSize where neither source nor model says a size
 * @throws ThawError of the reader; `backbone-end-unknown`, `picture-size-unsupported`, `model-shape-mismatch`
 */
export async function readBackbone(source: WorkerBackboneSource, usualSize: number): Promise<Backbone> {
  const network =
    source.kind === 'url'
      ? await readLayersModelFromUrl(source.url)
      : await readLayersModelFromFiles(source.files);
  const possibleEnds = possibleBackboneEnds(network.graph);
  const backboneEnd = source.backboneEnd ?? possibleEnds.at(-1);
  if (backboneEnd === undefined) {
    throw new ThawError(
      'no-backbone',
      `In ${network.graph.name} there is no layer at which a backbone could end. Choose another model.`,
    );
  }
  const input = inputOf(network);
  const backbone: Backbone = {
    network,
    possibleEnds,
    backboneEnd,
    keepHead: source.keepHead ?? false,
    pictureSize: source.pictureSize ?? input.height ?? usualSize,
    preprocessing: source.preprocessing ?? proposedPreprocessing(network),
  };
  if (!Number.isInteger(backbone.pictureSize) || backbone.pictureSize < 1) {
    throw new ThawError(
      'picture-size-unsupported',
      `A picture of ${backbone.pictureSize} pixels cannot be. Give a whole number of pixels.`,
    );
  }
  const { graph } = headed(backbone, null, 0);
  inferShapes(graph, [backbone.pictureSize, backbone.pictureSize, input.channels]);
  return backbone;
}

/**
 * The network that trains: the backbone with its own head or a new one.
 * @param classes null while there are no pictures: then a backbone without its head stays alone
 * @param seed of a new head's initial values
 * @throws ThawError `data-invalid` where a kept head has another number of classes
 */
export function headed(
  { network, backboneEnd, keepHead }: Backbone,
  classes: number | null,
  seed: number,
): Network {
  if (!keepHead) {
    const cut = cutAtBackboneEnd(network, backboneEnd);
    return classes === null ? cut : withNewHead(cut, classes, seed);
  }
  const kept = withKeptHead(network, backboneEnd);
  const last = kept.graph.layers.find((layer) => layer.name === kept.graph.output);
  if (classes !== null && last?.kind === 'dense' && last.units !== classes) {
    throw new ThawError(
      'data-invalid',
      `The head of ${network.graph.name} knows ${last.units} classes, but the pictures have ${classes}. Load the backbone with a new head.`,
    );
  }
  return kept;
}

/** @param graph of the network as it is used now */
export function reportOf(
  { possibleEnds, backboneEnd, pictureSize }: Backbone,
  graph: LayerGraph,
): BackboneReport {
  const isBatchNorm = (layer: Layer) => layer.kind === 'batchNorm' && layer.part === 'backbone';
  return {
    name: graph.name,
    layers: layersAtRest(graph),
    possibleEnds,
    backboneEnd,
    pictureSize,
    batchNormLayers: graph.layers.filter(isBatchNorm).length,
    warnings: [],
  };
}

export function inputOf({ graph }: Network): InputLayer {
  const input = graph.layers[0];
  if (input?.kind !== 'input')
    throw new ThawError('model-invalid', `${graph.name} does not begin with an input layer.`);
  return input;
}

function proposedPreprocessing({ graph }: Network): Preprocessing {
  return graph.layers.some((layer) => layer.kind === 'rescaling') ? NO_PREPROCESSING : USUAL_PREPROCESSING;
}

export function noBackbone(): ThawError {
  return new ThawError('no-backbone', 'There is no backbone yet. Load one first.');
}
