import * as tf from '@tensorflow/tfjs';
import { beforeEach, describe, expect, it } from 'vitest';
import type { TrainingEvent } from '../core/run/events';
import { bufferOf, tinyData } from '../engine/testing/lightning-tiny';
import { Session } from './session';
import { supplyPort } from './testing/supply-port';
import { tinyTensorData } from './testing/tiny-tensor-data';

const data = tinyData();
const CONFIG = { epochs: 3, unfreezeBackboneAtEpoch: 1, batchSize: 8, learningRate: 0.01 };
const ignore = () => {};

const tensorData = tinyTensorData();

function tinyFiles() {
  return ['model.json', 'weights.bin'].map((name) => ({
    name,
    bytes: bufferOf(`fixtures/lightning-tiny/${name}`),
  }));
}

let session: Session;

beforeEach(async () => {
  session = new Session();
  await session.start('cpu');
});

async function loaded(keepHead = false): Promise<void> {
  await session.loadBackbone({ kind: 'files', files: tinyFiles(), backboneEnd: 'relu3', keepHead });
  await session.setData(tensorData);
}

describe('a session', () => {
  it('says what runs it', async () => {
    expect(await session.start('cpu')).toMatchObject({ backend: 'cpu', acceleration: 'none', warnings: [] });
    await expect(session.start('webgpu')).rejects.toMatchObject({ code: 'backend-unavailable' });
  });

  it('reports the backbone, and refuses an end that is none', async () => {
    const report = await session.loadBackbone({ kind: 'files', files: tinyFiles() });
    expect(report).toMatchObject({
      backboneEnd: 'relu3',
      pictureSize: 12,
      batchNormLayers: 3,
      possibleEnds: ['relu1', 'relu2', 'relu3'],
    });
    expect(report.layers.at(-1)).toMatchObject({ name: 'relu3', part: 'backbone' });
    const wrong = session.loadBackbone({ kind: 'files', files: tinyFiles(), backboneEnd: 'nothing' });
    await expect(wrong).rejects.toMatchObject({ code: 'backbone-end-unknown' });
    expect((await session.features(tensorData.validation!, 'relu3')).shape).toEqual([12, 16]);
  });

  it('sizes a new head to the classes, a kept one has to fit', async () => {
    await loaded();
    const { layers } = await session.plan(CONFIG);
    expect(layers.at(-1)).toMatchObject({ part: 'head', trainable: true, parameters: 16 * 3 + 3 });
    const four = { ...tensorData, train: { ...tensorData.train, classNames: ['a', 'b', 'c', 'd'] } };
    expect((await session.setData(four)).layers.at(-1)).toMatchObject({ parameters: 16 * 4 + 4 });
    const kept = session.loadBackbone({
      kind: 'files',
      files: tinyFiles(),
      backboneEnd: 'relu3',
      keepHead: true,
    });
    await expect(kept).rejects.toMatchObject({ code: 'data-invalid' });
  });

  it('names what is missing', async () => {
    await expect(session.plan(CONFIG)).rejects.toMatchObject({ code: 'no-backbone' });
    await session.loadBackbone({ kind: 'files', files: tinyFiles() });
    await expect(session.plan(CONFIG)).rejects.toMatchObject({ code: 'no-data' });
    await expect(session.predict(tensorData.validation!)).rejects.toMatchObject({ code: 'no-data' });
    await expect(session.pause()).rejects.toMatchObject({ code: 'not-training' });
    await expect(session.features(tensorData.validation!, 'nothing')).rejects.toMatchObject({
      code: 'layer-unknown',
    });
  });

  it.each([
    ['images too few', { images: new Float32Array(5) }, 'data-invalid'],
    [
      'a label that is no class',
      { labels: data.train.labels.map(() => 3) as unknown as number[] },
      'data-invalid',
    ],
    ['labels too few', { labels: [0] }, 'data-invalid'],
    ['one class', { classNames: ['only'], labels: new Array<number>(24).fill(0) }, 'one-class'],
    ['no numbers', { images: tensorData.train.images.map(() => Number.NaN) }, 'data-invalid'],
  ])('refuses data with %s', async (_what, change, code) => {
    await session.loadBackbone({ kind: 'files', files: tinyFiles() });
    const broken = session.setData({ ...tensorData, train: { ...tensorData.train, ...change } });
    await expect(broken).rejects.toMatchObject({ code });
  });

  it('refuses pictures of another size than the backbone was loaded for', async () => {
    await session.loadBackbone({ kind: 'files', files: tinyFiles(), pictureSize: 16 });
    const part = { indices: [0, 1], labels: [0, 1] };
    const { supply, close } = supplyPort(new Uint8Array(2 * 12 * 12 * 3), 12);
    const sizes = { kind: 'pictures', classNames: ['a', 'b'], size: 12, supply } as const;
    const wrong = session.setData({ ...sizes, train: part, validation: part });
    await expect(wrong).rejects.toMatchObject({ code: 'data-invalid' });
    close();
  });

  it('trains on pictures from a port with the preprocessing that was given', async () => {
    const preprocessing = { mean: [10, 20, 30], std: [2, 4, 8] } as const;
    await session.loadBackbone({ kind: 'files', files: tinyFiles(), preprocessing });
    const pixels = Uint8Array.from({ length: 4 * 12 * 12 * 3 }, (_, i) => (i * 37) % 256);
    const { supply, close } = supplyPort(pixels, 12);
    const part = { indices: [0, 1, 2, 3], labels: [0, 1, 0, 1] };
    const sizes = { kind: 'pictures', classNames: ['a', 'b'], size: 12, supply } as const;
    await session.setData({ ...sizes, train: part, validation: part });
    const images = Float32Array.from(
      pixels,
      (pixel, i) => (pixel - preprocessing.mean[i % 3]!) / preprocessing.std[i % 3]!,
    );
    const { logits } = await session.predict({ images, shape: [4, 12, 12, 3] });
    const [first] = await session.classify({ pixels, count: 4, size: 12 });
    expect(first![0]! / first![1]!).toBeCloseTo(Math.exp(logits[0]! - logits[1]!), 4);
    const config = { ...CONFIG, batchSize: 4 };
    const { steps } = await session.train(config, ignore);
    expect((await session.stats()).input).toMatchObject({ decoded: CONFIG.epochs * 8 });
    const flipped = await session.train({ ...config, augmentation: 'flip' }, ignore);
    expect(flipped.steps).not.toEqual(steps);
    // The same numbers at hand train in the same way.
    const tensors = { images, shape: [4, 12, 12, 3] as const, labels: part.labels };
    await session.setData({
      kind: 'tensors',
      train: { ...tensors, classNames: ['a', 'b'] },
      validation: tensors,
    });
    expect((await session.train(config, ignore)).steps).toEqual(steps);
    const { steps: unmoved, warnings } = await session.train({ ...config, augmentation: 'flip' }, ignore);
    expect(unmoved).toEqual(steps);
    expect(warnings).toEqual([expect.objectContaining({ code: 'option-ignored' })]);
    close();
  });

  it('gives the classes other names, and keeps the model and the run', async () => {
    const names = ['x', 'y', 'z'];
    await expect(session.renameClasses(names)).rejects.toMatchObject({ code: 'no-data' });
    await loaded();
    await session.train(CONFIG, ignore);
    const before = await session.validate();
    await session.renameClasses(names);
    const after = await session.validate();
    expect(after.classNames).toEqual(names);
    expect(after.predictions).toEqual(before.predictions);
    expect((await session.runState()).clock.epoch).toBe(CONFIG.epochs);
    await expect(session.renameClasses(['x', 'y'])).rejects.toMatchObject({ code: 'data-invalid' });
  });

  it('every run starts from what was loaded', async () => {
    await loaded(true);
    const first = await session.train(CONFIG, ignore);
    const second = await session.train(CONFIG, ignore);
    expect(second.steps).toEqual(first.steps);
  });

  it('pauses within a step, can be asked meanwhile, refuses changes, resumes and stops', async () => {
    await loaded();
    const events: TrainingEvent[] = [];
    let enoughSteps = ignore;
    const trained = new Promise<void>((resolve) => {
      enoughSteps = resolve;
    });
    const stepsSoFar = () => events.filter((event) => event.type === 'step').length;
    const run = session.train({ ...CONFIG, epochs: 200 }, (event) => {
      events.push(event);
      if (stepsSoFar() === 3) enoughSteps();
    });
    await trained;
    await session.pause();
    const atPause = stepsSoFar();
    expect(atPause).toBeLessThanOrEqual(4);
    expect(events.at(-1)).toEqual({ type: 'paused' });
    expect((await session.predict(tensorData.validation!)).shape).toEqual([12, 3]);
    expect((await session.validate()).accuracy).toBeGreaterThanOrEqual(0);
    await expect(session.loadBackbone({ kind: 'files', files: tinyFiles() })).rejects.toMatchObject({
      code: 'busy-training',
    });
    await expect(session.setData(tensorData)).rejects.toMatchObject({ code: 'busy-training' });
    await expect(session.train(CONFIG, ignore)).rejects.toMatchObject({ code: 'busy-training' });
    expect(stepsSoFar()).toBe(atPause);
    await session.resume();
    await session.stop();
    expect(await run).toMatchObject({ outcome: 'stopped' });
    expect(events.at(-1)).toMatchObject({ type: 'finished' });
    expect(events.map((event) => event.type)).toContain('resumed');
    expect(stepsSoFar()).toBeLessThanOrEqual(atPause + 1);
    await expect(session.resume()).rejects.toMatchObject({ code: 'not-training' });
  });

  it.each([
    ['the backbone', () => session.loadBackbone({ kind: 'files', files: tinyFiles(), backboneEnd: 'relu2' })],
    [
      'the pictures',
      () =>
        session.setData({ ...tensorData, train: { ...tensorData.train, classNames: ['a', 'b', 'c', 'd'] } }),
    ],
  ])('a run that begins while %s would change goes on with what it began with', async (_what, change) => {
    await loaded();
    const refused = expect(change()).rejects.toMatchObject({ code: 'busy-training' });
    expect(await session.train(CONFIG, ignore)).toMatchObject({ outcome: 'completed' });
    await refused;
    expect((await session.predict(tensorData.validation!)).shape).toEqual([12, 3]);
    const { layers } = await session.plan(CONFIG);
    expect(layers.at(-1)).toMatchObject({ part: 'head', parameters: 16 * 3 + 3 });
  });

  it('a deprecated option warns in the plan and in the run', async () => {
    await loaded();
    const config = { ...CONFIG, trainBn: false };
    expect((await session.plan(config)).warnings).toMatchObject([{ code: 'train-bn-deprecated' }]);
    const record = await session.train(config, ignore);
    expect(record.warnings).toMatchObject([{ code: 'train-bn-deprecated' }]);
  });

  it('a batch that is too large is refused and the trained weights stay', async () => {
    await loaded();
    await session.train(CONFIG, ignore);
    const before = await session.weights();
    await expect(session.train({ ...CONFIG, batchSize: 25 }, ignore)).rejects.toMatchObject({
      code: 'batch-too-large',
    });
    expect(await session.weights()).toEqual(before);
  });

  it('a run that fails leaves a session that works', async () => {
    await loaded();
    const events: TrainingEvent[] = [];
    const run = session.train({ ...CONFIG, optimizer: 'sgd', learningRate: 3e38 }, (event) =>
      events.push(event),
    );
    await expect(run).rejects.toMatchObject({ code: 'loss-not-finite' });
    expect(events.at(-1)).toMatchObject({ type: 'failed' });
    expect(await session.train(CONFIG, ignore)).toMatchObject({ outcome: 'completed' });
  });

  it('keeps no tensors of networks that were replaced', async () => {
    await loaded();
    const before = tf.memory().numTensors;
    await loaded();
    expect(tf.memory().numTensors).toBe(before);
  });

  it('writes the trained model', async () => {
    await loaded();
    await session.train(CONFIG, ignore);
    const { files } = await session.exportModel('tfjs');
    const logits = await session.predict(tensorData.validation!);
    const other = new Session();
    await other.start('cpu');
    const bytes = files.map(({ name, bytes: each }) => ({ name, bytes: each.buffer }));
    await other.loadBackbone({ kind: 'files', files: bytes, backboneEnd: 'relu3', keepHead: true });
    expect((await other.predict(tensorData.validation!)).logits).toEqual(logits.logits);
  });
});
