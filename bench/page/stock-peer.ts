import * as tf from '@tensorflow/tfjs';
import type { Network } from '../../src/core/graph/graph';
import type { Batch } from '../../src/engine/executor';
import { exportLayersModel } from '../../src/engine/export/layers-model';
import { startBackend } from '../../src/engine/tfjs/backends';
import { CLASSES } from './networks';
import type { Mode, Peer } from './peer';
import { trains } from './phase-of-mode';
import { tfjsHeldBytes } from './tfjs-memory';
import { watchWebGpuPrograms } from './tfjs-programs';

/** TensorFlow.js as it comes: a layers model, `compile` with Adam, `trainOnBatch`. */
export async function createStockPeer(
  backend: 'webgpu' | 'wasm',
  network: Network,
  batch: Batch,
  mode: Mode,
): Promise<Peer> {
  if (mode === 'bn-frozen') {
    throw new Error(
      'Its BatchNorm cannot be frozen: it never reads `trainable` and normalises by the batch.',
    );
  }
  await startBackend(backend);
  const { model, inputs } =
    mode === 'cached-features' ? headModel(network, batch) : await wholeModel(network, batch, mode);
  model.compile({ optimizer: tf.train.adam(1e-3), loss: tf.losses.softmaxCrossEntropy });
  const labels = tf.oneHot(tf.tensor1d(batch.labels, 'int32'), CLASSES).toFloat();
  const script = watchTrainFunction(model);
  const programs = backend === 'webgpu' ? watchWebGpuPrograms() : null;
  return {
    step: async () => {
      programs?.reset();
      script.jsMs = 0;
      await model.trainOnBatch(inputs, labels);
      // On WASM the kernels run within the calls.
      return backend === 'webgpu' ? script.jsMs : null;
    },
    facts: () => ({
      description: `TensorFlow.js ${tf.version.tfjs} layers on ${backend}`,
      calls: programs?.dispatches() ?? null,
      bytesMoved: programs?.bytes() ?? null,
      heldBytes: tfjsHeldBytes(),
    }),
  };
}

interface StockWork {
  readonly model: tf.LayersModel;
  readonly inputs: tf.Tensor;
}

async function wholeModel(network: Network, { images, shape }: Batch, mode: Mode): Promise<StockWork> {
  const files = exportLayersModel(network, [shape[1], shape[2], shape[3]]);
  const [json, weights] = ['model.json', 'weights.bin'].map(
    (name) => files.find((file) => file.name === name)!.bytes,
  );
  const { modelTopology, weightsManifest } = JSON.parse(new TextDecoder().decode(json));
  const artifacts = { modelTopology, weightSpecs: weightsManifest[0].weights, weightData: weights!.buffer };
  const model = await tf.loadLayersModel(tf.io.fromMemory(artifacts));
  const frozen = new Set(
    network.graph.layers.filter((layer) => !trains(layer, mode)).map(({ name }) => name),
  );
  for (const layer of model.layers) if (frozen.has(layer.name)) layer.trainable = false;
  return { model, inputs: tf.tensor4d(images, [...shape]) };
}

/** The head alone, on features as numbers. */
function headModel({ graph }: Network, { shape }: Batch): StockWork {
  const output = graph.layers.find((layer) => layer.name === graph.output)!;
  const features = output.weights[0]!.shape[0]!;
  const input = tf.input({ shape: [features] });
  // No `tf.sequential`: it hands training to a model within, which `watchTrainFunction` would not see.
  const logits = tf.layers.dense({ units: CLASSES }).apply(input) as tf.SymbolicTensor;
  const model = tf.model({ inputs: input, outputs: logits });
  return { model, inputs: tf.randomNormal([shape[0], features]) };
}

type TrainFunction = (...given: unknown[]) => unknown;

/** Forward, gradients and update are one synchronous function, which only issues work to the device. */
function watchTrainFunction(model: tf.LayersModel): { jsMs: number } {
  const watched = { jsMs: 0 };
  const internals = model as unknown as { makeTrainFunction: () => TrainFunction };
  const make = internals.makeTrainFunction.bind(model);
  internals.makeTrainFunction = () => {
    const train = make();
    return (...given) => {
      const startMs = performance.now();
      const result = train(...given);
      watched.jsMs += performance.now() - startMs;
      return result;
    };
  };
  return watched;
}
