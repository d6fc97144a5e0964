import { ThawError } from '../../core/errors';
import type { Layer, LayerGraph, LayerShape, Network, WeightRole } from '../../core/graph/graph';
import { inferShapes } from '../../core/graph/graph-shapes';
import { type KerasLayerJson, writeLayer } from './keras-layers';

export interface ExportedFile {
  readonly name: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/**
 * Writes a network as a TensorFlow.js layers model, model.json and weights.bin, that stock
 * `tf.loadLayersModel` opens and that gives the same logits.
 *
 * @param picture the size it was trained at; a network that takes any size still does afterwards
 * @throws ThawError `model-unsupported-layer` for what TensorFlow.js layers cannot express
 */
export function exportLayersModel(
  { graph, weights }: Network,
  picture: readonly [height: number, width: number, channels: number],
): readonly ExportedFile[] {
  const specs = graph.layers.flatMap((layer) =>
    layer.weights.map((spec) => ({ spec, name: `${layer.name}/${kerasWeightName(layer, spec.role)}` })),
  );
  const values = specs.map(({ spec }) => {
    const value = weights.get(spec.name);
    if (value === undefined) throw new ThawError('internal', `The weight ${spec.name} has no value.`);
    return value;
  });
  const model = {
    format: 'layers-model',
    generatedBy: 'Thaw',
    convertedBy: null,
    modelTopology: { class_name: 'Model', config: modelConfig(graph, inferShapes(graph, picture)) },
    weightsManifest: [
      {
        paths: ['weights.bin'],
        weights: specs.map(({ spec, name }) => ({ name, shape: spec.shape, dtype: 'float32' })),
      },
    ],
  };
  return [
    { name: 'model.json', bytes: new TextEncoder().encode(JSON.stringify(model)) },
    { name: 'weights.bin', bytes: joined(values) },
  ];
}

function modelConfig(graph: LayerGraph, shapes: ReadonlyMap<string, LayerShape>) {
  const outputs = new Map<string, string>();
  const layers: KerasLayerJson[] = [];
  for (const layer of graph.layers) {
    const inputs = layer.inputs.map((input) => outputs.get(input)!);
    const written = writeLayer(layer, inputs, shapes.get(layer.name)!, graph);
    layers.push(...written.layers);
    outputs.set(layer.name, written.output);
  }
  const input = graph.layers.find((layer) => layer.kind === 'input')!;
  return {
    name: graph.name,
    layers,
    input_layers: [[input.name, 0, 0]],
    output_layers: [[outputs.get(graph.output)!, 0, 0]],
  };
}

const WEIGHT_NAMES: Readonly<Record<WeightRole, string>> = {
  kernel: 'kernel',
  bias: 'bias',
  gamma: 'gamma',
  beta: 'beta',
  movingMean: 'moving_mean',
  movingVariance: 'moving_variance',
};

function kerasWeightName(layer: Layer, role: WeightRole): string {
  return layer.kind === 'depthwiseConv2d' && role === 'kernel' ? 'depthwise_kernel' : WEIGHT_NAMES[role];
}

/** Little-endian, as the format wants it and as every machine with a browser has it. */
function joined(values: readonly Float32Array[]): Uint8Array<ArrayBuffer> {
  const all = new Float32Array(values.reduce((sum, value) => sum + value.length, 0));
  let offset = 0;
  for (const value of values) {
    all.set(value, offset);
    offset += value.length;
  }
  return new Uint8Array(all.buffer);
}
