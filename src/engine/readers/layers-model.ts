import { ThawError } from '../../core/errors';
import type { Layer, LayerGraph, Network } from '../../core/graph/graph';
import { inferShapes } from '../../core/graph/graph-shapes';
import { convertLayer } from './convert-layer';
import { decodeWeights } from './decode-weights';
import { type FoundWeight, WeightIndex } from './layer-weights';
import { type ManifestEntry, readManifest } from './manifest';
import { type ModelFiles, type NamedBytes, openModelFiles, openModelUrl } from './model-files';
import { readTopology } from './topology';

/** Only for checking shapes where the network takes any size; large enough for every backbone. */
const NOMINAL_SIDE = 224;

/**
 * Reads a TensorFlow.js layers model from its address.
 * @throws ThawError `model-not-found` and everything `readLayersModel` throws
 */
export async function readLayersModelFromUrl(url: string): Promise<Network> {
  return readLayersModel(await openModelUrl(url));
}

/** Reads a TensorFlow.js layers model from its files, model.json and shards, in any order. */
export async function readLayersModelFromFiles(files: readonly NamedBytes[]): Promise<Network> {
  return readLayersModel(await openModelFiles(files));
}

/**
 * A TensorFlow.js layers model as a network of our own. All layers count as backbone, the last one as its
 * end, until someone says otherwise. The file is held against itself (config, manifest and bytes have to
 * agree) before anything of a claimed size is allocated.
 *
 * @throws ThawError `model-invalid`, `model-graph-model`, `model-unsupported-layer`, `model-truncated`,
 *   `model-shape-mismatch`, `model-weights-not-finite`
 */
export async function readLayersModel(files: ModelFiles): Promise<Network> {
  const topology = readTopology(files.json);
  const groups = readManifest(files.json);
  const entries = groups.flatMap((group) => group.entries);
  const index = new WeightIndex(entries);
  const converted = topology.layers.map((layer) => convertLayer(layer, index, topology.kerasMajor));
  const graph: LayerGraph = {
    name: topology.name,
    layers: converted.map(({ layer }) => layer),
    output: topology.output,
    backboneEnd: topology.output,
  };
  refuseUnusedWeights(entries, index);
  checkShapes(graph);
  const values = await decodeWeights(groups, files);
  return {
    graph,
    weights: byGraphName(
      converted.flatMap(({ weights }) => weights),
      values,
    ),
  };
}

function checkShapes(graph: LayerGraph): void {
  const inputs = graph.layers.filter(
    (layer): layer is Extract<Layer, { kind: 'input' }> => layer.kind === 'input',
  );
  const [input] = inputs;
  if (input === undefined || inputs.length > 1) {
    throw new ThawError(
      'model-unsupported-layer',
      `The model has ${inputs.length} input layers; a backbone has one. Export it with a single input.`,
    );
  }
  inferShapes(graph, [input.height ?? NOMINAL_SIDE, input.width ?? NOMINAL_SIDE, input.channels]);
}

/** A weight that belongs to no layer means that topology and weights come from different models. */
function refuseUnusedWeights(entries: readonly ManifestEntry[], index: WeightIndex): void {
  const unused = entries.find((entry) => entry.encoding.kind !== 'other' && !index.isUsed(entry));
  if (unused !== undefined) {
    throw new ThawError(
      'model-shape-mismatch',
      `The model file lists a weight ${unused.name} that none of its layers uses. The files do not belong together; load the files of one export.`,
    );
  }
}

function byGraphName(
  found: readonly FoundWeight[],
  values: ReadonlyMap<string, Float32Array>,
): Map<string, Float32Array> {
  return new Map(
    found.map(({ spec, fileName }) => {
      const value = values.get(fileName);
      if (value === undefined) {
        throw new ThawError(
          'model-invalid',
          `The weight ${fileName} is not of a floating point type. Export the model with float32 weights.`,
        );
      }
      return [spec.name, value] as const;
    }),
  );
}
