import { describe, expect, it } from 'vitest';
import { ThawError } from '../../core/errors';
import { bufferOf } from '../testing/lightning-runs';
import { asFiles, layerOf, TINY, tinyModel } from '../testing/loose-model';
import { readLayersModelFromFiles, readLayersModelFromUrl } from './layers-model';

async function failure(work: Promise<unknown>): Promise<ThawError> {
  const error = await work.then(
    () => null,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(ThawError);
  return error as ThawError;
}

async function codeOf(model: unknown, weights?: ArrayBuffer): Promise<string> {
  return (await failure(readLayersModelFromFiles(asFiles(model, weights)))).code;
}

describe('a model file that is damaged or lies', () => {
  it('no JSON', async () => {
    const text = new TextEncoder().encode('<!doctype html>').buffer;
    expect((await failure(readLayersModelFromFiles([{ name: 'model.json', bytes: text }]))).code).toBe(
      'model-invalid',
    );
  });

  it('no model.json', async () => {
    const files = [{ name: 'weights.bin', bytes: new ArrayBuffer(8) }];
    expect((await failure(readLayersModelFromFiles(files))).code).toBe('model-invalid');
  });

  it.each([
    null,
    7,
    [],
    {},
    { modelTopology: null },
    { modelTopology: {} },
    { modelTopology: { class_name: 'Model' } },
  ])('JSON that is no model: %j', async (json) => {
    expect(await codeOf(json)).toBe('model-invalid');
  });

  it('a graph model, with the reason', async () => {
    const error = await failure(
      readLayersModelFromFiles(asFiles({ format: 'graph-model', modelTopology: { node: [] } })),
    );
    expect(error.code).toBe('model-graph-model');
    expect(error.message).toMatch(/BatchNorm is folded/);
  });

  it('a missing shard', async () => {
    const error = await failure(readLayersModelFromFiles(asFiles(tinyModel()).slice(1)));
    expect(error.code).toBe('model-truncated');
    expect(error.message).toContain('weights.bin');
  });

  it('a shard that was cut off, by one byte or to nothing', async () => {
    const whole = bufferOf(`${TINY}/weights.bin`);
    expect(await codeOf(tinyModel(), whole.slice(0, -1))).toBe('model-truncated');
    expect(await codeOf(tinyModel(), new ArrayBuffer(0))).toBe('model-truncated');
  });

  it('a shard with bytes too many', async () => {
    const longer = new Uint8Array([...new Uint8Array(bufferOf(`${TINY}/weights.bin`)), 0]);
    expect(await codeOf(tinyModel(), longer.buffer)).toBe('model-shape-mismatch');
  });

  it('a manifest whose shape is not the config’s', async () => {
    const model = tinyModel();
    model.weightsManifest[0]!.weights[0]!.shape = [3, 3, 8, 3];
    expect(await codeOf(model)).toBe('model-shape-mismatch');
  });

  it('an input dimension that does not fit the layer before', async () => {
    const model = tinyModel();
    model.weightsManifest[0]!.weights.find((weight) => weight.name === 'conv3/kernel')!.shape = [1, 1, 9, 16];
    expect(await codeOf(model)).toBe('model-shape-mismatch');
  });

  it('sizes beyond all memory are refused before anything is allocated', async () => {
    const model = tinyModel();
    layerOf(model, 'logits').config.units = 2 ** 30;
    const weights = model.weightsManifest[0]!.weights;
    weights.find((weight) => weight.name === 'logits/kernel')!.shape = [16, 2 ** 30];
    weights.find((weight) => weight.name === 'logits/bias')!.shape = [2 ** 30];
    expect(await codeOf(model)).toBe('model-truncated');
  });

  it.each([-1, 0.5, 'many', null, 2 ** 40])('a number of filters of %j', async (filters) => {
    const model = tinyModel();
    layerOf(model, 'conv1').config.filters = filters;
    expect(await codeOf(model)).toBe('model-invalid');
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY])('a weight that is %d, by name', async (value) => {
    const bytes = bufferOf(`${TINY}/weights.bin`);
    new Float32Array(bytes)[220] = value;
    const error = await failure(readLayersModelFromFiles(asFiles(tinyModel(), bytes)));
    expect(error.code).toBe('model-weights-not-finite');
    expect(error.message).toContain('bn1/gamma');
  });

  it('an unknown layer, by name and class', async () => {
    const model = tinyModel();
    layerOf(model, 'relu2').class_name = 'LeakyReLU';
    const error = await failure(readLayersModelFromFiles(asFiles(model)));
    expect(error.code).toBe('model-unsupported-layer');
    expect(error.message).toContain('relu2 (LeakyReLU)');
  });

  it('a shared layer, two outputs, channels first, an unknown activation', async () => {
    const shared = tinyModel();
    layerOf(shared, 'relu2').inbound_nodes.push([['bn1', 0, 0, {}]]);
    const twoOutputs = tinyModel();
    twoOutputs.modelTopology.config.output_layers = [
      ['logits', 0, 0],
      ['pool', 0, 0],
    ];
    const channelsFirst = tinyModel();
    layerOf(channelsFirst, 'conv1').config.data_format = 'channels_first';
    const activation = tinyModel();
    layerOf(activation, 'conv1').config.activation = 'mish';
    for (const model of [shared, twoOutputs, channelsFirst, activation]) {
      expect(await codeOf(model)).toBe('model-unsupported-layer');
    }
  });

  it('links to nowhere and in a circle', async () => {
    const nowhere = tinyModel();
    layerOf(nowhere, 'bn2').inbound_nodes = [[['nothing', 0, 0, {}]]];
    const circle = tinyModel();
    layerOf(circle, 'conv1').inbound_nodes = [[['logits', 0, 0, {}]]];
    expect(await codeOf(nowhere)).toBe('model-invalid');
    expect(await codeOf(circle)).toBe('model-invalid');
  });

  it('a weight without a layer, and a layer without its weight', async () => {
    const extra = tinyModel();
    extra.modelTopology.config.layers = extra.modelTopology.config.layers.filter(
      (layer) => layer.name !== 'bn1',
    );
    layerOf(extra, 'relu1').inbound_nodes = [[['conv1', 0, 0, {}]]];
    const lacking = tinyModel();
    lacking.weightsManifest[0]!.weights.pop();
    expect(await codeOf(extra)).toBe('model-shape-mismatch');
    expect(await codeOf(lacking)).toBe('model-invalid');
  });

  it('an address where nothing is', async () => {
    const error = await failure(readLayersModelFromUrl('http://127.0.0.1:9/model.json'));
    expect(error.code).toBe('model-not-found');
  });
});
