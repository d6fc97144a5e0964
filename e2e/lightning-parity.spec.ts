import { readFileSync } from 'node:fs';
import type { TrainConfig } from '../src/core/options/train-config';
import { TINY_BACKBONE_END, tinyModel } from './material/tiny-model';
import { loadModelByScript } from './scripting';
import { expect, test } from './story';

const FOLDER = 'fixtures/lightning-tiny';
const TOLERANCE = 1e-4;

interface DataFile {
  readonly shape: readonly [number, number, number, number];
  readonly labels: readonly number[];
  readonly valShape: readonly [number, number, number, number];
  readonly valLabels: readonly number[];
  readonly classNames: readonly string[];
}

interface ReferenceRun {
  readonly config: TrainConfig;
  readonly steps: readonly (number | { readonly loss: number })[];
  readonly epochs: readonly {
    readonly headLr: number;
    readonly backboneLr: number | null;
    readonly valLoss: number;
  }[];
}

for (const name of ['adam-FT', 'sgd-TF']) {
  test(`the run ${name} of PyTorch Lightning, step for step, by script in the page on WebGPU`, async ({
    app,
  }) => {
    const reference = readJson<ReferenceRun>(`runs/${name}.json`);
    const data = readJson<DataFile>('data.json');
    expect((await app.open('webgpu')).backend).toBe('webgpu');
    expect(
      await loadModelByScript(app.page, tinyModel(), { backboneEnd: TINY_BACKBONE_END, keepHead: true }),
    ).toBeNull();

    const record = await app.page.evaluate(
      async ({ config, data, images, valImages }) => {
        await window.thaw.setData({
          kind: 'tensors',
          images: new Float32Array(images),
          shape: data.shape,
          labels: data.labels,
          classNames: data.classNames,
          validation: { images: new Float32Array(valImages), shape: data.valShape, labels: data.valLabels },
        });
        return window.thaw.train(config);
      },
      { config: reference.config, data, images: readFloats('train.bin'), valImages: readFloats('val.bin') },
    );

    const losses = reference.steps.map((step) => (typeof step === 'number' ? step : step.loss));
    expect(record.steps).toHaveLength(losses.length);
    for (const [step, loss] of losses.entries()) {
      expect(relativeError(record.steps[step]!.loss, loss), `loss of step ${step}`).toBeLessThan(TOLERANCE);
    }
    expect(record.epochs).toHaveLength(reference.epochs.length);
    for (const [epoch, wanted] of reference.epochs.entries()) {
      const { headLr, backboneLr, valLoss } = record.epochs[epoch]!;
      expect(headLr).toBeCloseTo(wanted.headLr, 12);
      if (wanted.backboneLr === null) expect(backboneLr).toBeNull();
      else expect(backboneLr).toBeCloseTo(wanted.backboneLr, 12);
      expect(relativeError(valLoss, wanted.valLoss), `validation loss of epoch ${epoch}`).toBeLessThan(
        TOLERANCE,
      );
    }
  });
}

function relativeError(value: number, wanted: number): number {
  return Math.abs(value - wanted) / Math.abs(wanted);
}

function readJson<T>(path: string): T {
  return JSON.parse(readFileSync(`${FOLDER}/${path}`, 'utf8')) as T;
}

function readFloats(path: string): number[] {
  const bytes = readFileSync(`${FOLDER}/${path}`);
  return [...new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4)];
}
