import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { bufferOf } from '../testing/lightning-runs';
import { asFiles, TINY, tinyModel } from '../testing/loose-model';
import { halfToNumber } from './decode-weights';
import { readLayersModelFromFiles } from './layers-model';

describe('reading a TensorFlow.js layers model', () => {
  it('gives layers, links and weights as the file has them', async () => {
    const { graph, weights } = await readLayersModelFromFiles(asFiles(tinyModel()));
    expect(graph.layers.map((layer) => layer.name)).toEqual(
      tinyModel().modelTopology.config.layers.map((layer) => layer.name),
    );
    expect(graph.output).toBe('logits');
    expect(graph.layers.find((layer) => layer.name === 'relu2')).toMatchObject({
      kind: 'activation',
      activation: 'relu6',
      inputs: ['bn2'],
    });
    expect(graph.layers.find((layer) => layer.name === 'bn1')).toMatchObject({
      momentum: 0.9,
      epsilon: 1e-5,
    });
    const all = new Float32Array(bufferOf(`${TINY}/weights.bin`));
    expect(weights.get('conv1/kernel')).toEqual(all.slice(0, 216));
    expect(weights.get('logits/bias')).toEqual(all.slice(-3));
  });

  it('reads the bundled EfficientNet-Lite0: two shards of float16', async () => {
    const folder = 'public/backbones/efficientnet-lite0';
    const names = ['model.json', 'group1-shard1of2.bin', 'group1-shard2of2.bin'];
    const files = names.map((name) => ({ name, bytes: bufferOf(`${folder}/${name}`) }));
    const { graph, weights } = await readLayersModelFromFiles(files);
    expect(graph.layers).toHaveLength(141);
    expect([...weights.values()].reduce((sum, values) => sum + values.length, 0)).toBe(3_413_024);
  });

  it('reads what stock TensorFlow.js saves: a Sequential model with weights of its own names', async () => {
    const model = tf.sequential({
      layers: [
        tf.layers.conv2d({
          inputShape: [8, 8, 3],
          filters: 4,
          kernelSize: 3,
          padding: 'same',
          activation: 'relu',
        }),
        tf.layers.batchNormalization({ scale: false }),
        tf.layers.flatten(),
        tf.layers.dense({ units: 2, activation: 'softmax' }),
      ],
    });
    let saved: tf.io.ModelArtifacts | undefined;
    await model.save(
      tf.io.withSaveHandler(async (artifacts) => {
        saved = artifacts;
        return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' } };
      }),
    );
    const json = {
      modelTopology: saved!.modelTopology,
      weightsManifest: [{ paths: ['weights.bin'], weights: saved!.weightSpecs }],
    };
    const { graph } = await readLayersModelFromFiles(asFiles(json, saved!.weightData as ArrayBuffer));
    expect(graph.layers.map((layer) => layer.kind)).toEqual([
      'input',
      'conv2d',
      'batchNorm',
      'flatten',
      'dense',
    ]);
    expect(graph.layers[2]!.weights.map((weight) => weight.role)).toEqual([
      'beta',
      'movingMean',
      'movingVariance',
    ]);
  });

  it("reads Keras 3's names and links", async () => {
    const model = tinyModel();
    for (const layer of model.modelTopology.config.layers) {
      const source = (layer.inbound_nodes as string[][][])[0]?.[0]?.[0];
      if (source === undefined) {
        layer.config.batch_shape = layer.config.batch_input_shape;
        delete layer.config.batch_input_shape;
      } else {
        const history = { class_name: '__keras_tensor__', config: { keras_history: [source, 0, 0] } };
        layer.inbound_nodes = [{ args: [history], kwargs: {} }];
      }
    }
    model.modelTopology.config.input_layers = ['input', 0, 0];
    model.modelTopology.config.output_layers = ['logits', 0, 0];
    const wrapped = {
      ...model,
      modelTopology: { keras_version: '3.4.1', model_config: model.modelTopology },
    };
    const { graph } = await readLayersModelFromFiles(asFiles(wrapped));
    expect(graph.layers.at(-1)).toMatchObject({ name: 'logits', inputs: ['pool'] });
  });

  it.each([
    ['uint8', 1, 255],
    ['uint16', 2, 65_535],
  ] as const)('reads %s weights', async (dtype, bytesPerElement, levels) => {
    const model = tinyModel();
    const entry = model.weightsManifest[0]!.weights[0]!;
    entry.quantization = { dtype, scale: 0.5, min: -1 };
    const rest = bufferOf(`${TINY}/weights.bin`).slice(216 * 4);
    const bytes = new Uint8Array(216 * bytesPerElement + rest.byteLength).fill(255, 0, 216 * bytesPerElement);
    bytes.set(new Uint8Array(rest), 216 * bytesPerElement);
    const { weights } = await readLayersModelFromFiles(asFiles(model, bytes.buffer));
    expect(weights.get('conv1/kernel')![7]).toBe(levels * 0.5 - 1);
  });

  it('decodes halves: zero, subnormal, one, the largest, infinity, NaN', () => {
    expect([0, 1, 0x3c00, 0xc000, 0x7bff, 0x7c00].map(halfToNumber)).toEqual([
      0,
      2 ** -24,
      1,
      -2,
      65_504,
      Number.POSITIVE_INFINITY,
    ]);
    expect(halfToNumber(0x7e00)).toBeNaN();
  });
});
