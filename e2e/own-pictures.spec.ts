import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import {
  BlobReader,
  BlobWriter,
  TextWriter,
  Uint8ArrayReader,
  Uint8ArrayWriter,
  ZipReader,
  ZipWriter,
} from '@zip.js/zip.js';
import { picture, writeClassFolders } from './material/pictures';
import { SMALL } from './pages/thaw-page';
import { expect, test } from './story';

const SIDE = SMALL.pictureSize;

test("one's own pictures: picked, dropped, trained on, tried, and the model taken away", async ({
  app,
}, info) => {
  await app.open('wasm');
  await app.backbone.choose(SMALL);
  await app.backbone.load();

  await test.step('a folder from the picker, classes by its folders', async () => {
    const folder = info.outputPath('picked');
    writeClassFolders(folder, { red: 8, blue: 8 });
    await app.data.addFolder(folder);
    await app.data.ready(2, 12, 4).waitFor();
    await expect(app.data.classHeading('red', 8)).toBeVisible();
    await expect(app.data.classHeading('blue', 8)).toBeVisible();
  });

  await test.step('another class by drop, beside the others', async () => {
    await app.data.drop(writeClassFolders(info.outputPath('dropped'), { green: 8 }));
    await app.data.ready(3, 18, 6).waitFor();
    // What was there is not decoded again.
    const { input } = await app.page.evaluate(() => window.thaw.stats());
    expect(input?.decoded).toBe(24);
    await expect(app.data.classHeading('green', 8)).toBeVisible();
    await app.data.show('Validation');
    for (const name of ['red', 'green', 'blue']) {
      await expect(app.data.classHeading(name, 2)).toBeVisible();
    }
  });

  await test.step('trained until the colours are told apart', async () => {
    await app.phases.trainBatchNorm({ frozen: false, unfrozen: false });
    await app.phases.fill({
      Epochs: 24,
      'Unfreeze backbone at epoch': 23,
      'Batch size': 6,
      'Learning rate': 0.02,
    });
    await app.training.startButton.click();
    await app.training.completed(60_000);
    await expect(app.results.accuracy).toHaveText('1.000 6 of 6 pictures right');
    expect(await app.results.confusionCounts()).toEqual([
      [2, 0, 0],
      [0, 2, 0],
      [0, 0, 2],
    ]);
  });

  await test.step('tried on a picture that it has not seen', async () => {
    const path = join(info.outputPath(), 'unseen.png');
    writeFileSync(path, picture('green', 9));
    await app.results.tryPicture(path);
    await expect(app.results.prediction).toHaveText(/^green, \d+ %$/);
  });

  await test.step('stock TensorFlow.js opens the download and computes the same logits', async () => {
    const download = await app.results.download();
    expect(download.suggestedFilename()).toMatch(/\.zip$/);
    const model = await openLayersModel(await download.path());
    const shape: [number, number, number, number] = [2, SIDE, SIDE, 3];
    const images = Array.from({ length: 2 * SIDE * SIDE * 3 }, (_, index) => Math.sin(index));
    const { logits } = await app.page.evaluate(
      async ({ images, shape }) => {
        const answer = await window.thaw.predict({ images: new Float32Array(images), shape });
        return { logits: [...answer.logits] };
      },
      { images, shape },
    );
    const stock = tf.tidy(() => {
      const output = model.predict(tf.tensor4d(images, shape)) as tf.Tensor;
      return Array.from(output.dataSync());
    });
    model.dispose();
    expect(logits).toHaveLength(6);
    expect(relativeDistance(stock, logits)).toBeLessThan(1e-5);
  });
});

test('pictures without a folder ask for their class', async ({ app }, info) => {
  await app.open('wasm');
  await app.backbone.choose(SMALL);
  await app.backbone.load();
  await app.data.addFolder(writeClassFolders(info.outputPath('folders'), { red: 4 })[0]!);
  await app.data.classHeading('red', 4).waitFor();
  const loose = [0, 1, 2].map((number) => ({
    name: `${number}.png`,
    mimeType: 'image/png',
    buffer: picture('blue', number),
  }));

  await app.data.addLoose(loose, 'sky');

  await app.data.ready(2, 5, 2).waitFor();
  await expect(app.data.classHeading('sky', 3)).toBeVisible();
  await expect(app.data.failure).toBeHidden();
});

test('pictures that do not belong are removed one by one and by class, by keyboard too', async ({
  app,
}, info) => {
  const { page, data } = app;
  await app.open('wasm');
  await app.backbone.choose(SMALL);
  await app.backbone.load();
  await data.drop(writeClassFolders(info.outputPath('pictures'), { red: 5, green: 4, blue: 4 }));
  await data.ready(3, 10, 3).waitFor();
  const removers = data.gallery.getByRole('button', { name: /^Remove [^t]/ });
  await expect(removers).toHaveCount(0);

  await data.region.getByRole('button', { name: 'Edit', exact: true }).click();
  await expect(removers).toHaveCount(13);
  await data.gallery.getByRole('listitem').first().getByRole('button').focus();
  // The second press comes before the first is done, and the focus has gone on to the next picture.
  await page.keyboard.press('Enter');
  await page.keyboard.press('Enter');
  await expect(removers).toHaveCount(11);
  await data.gallery.getByRole('button', { name: /^Remove these \d of green$/ }).click();
  await expect(removers).toHaveCount(7);
  await data.ready(2, 5, 2).waitFor();
  const { input } = await page.evaluate(() => window.thaw.stats());
  expect(input?.decoded).toBe(13);
});

test('a zip of folders is unpacked, and one that is none has a sentence', async ({ app }) => {
  await app.open('wasm');
  const writer = new ZipWriter(new BlobWriter());
  for (const colour of ['red', 'blue'] as const) {
    for (let number = 0; number < 4; number++) {
      const bytes = new Uint8ArrayReader(new Uint8Array(picture(colour, number)));
      await writer.add(`set/${colour}/${number}.png`, bytes);
    }
  }
  const zip = Buffer.from(await (await writer.close()).arrayBuffer());
  const picker = app.page.getByLabel('Images of one class', { exact: true });
  await picker.setInputFiles({ name: 'set.zip', mimeType: 'application/zip', buffer: zip });
  await app.data.ready(2, 6, 2).waitFor();
  await expect(app.data.classHeading('red', 4)).toBeVisible();

  await picker.setInputFiles({
    name: 'broken.zip',
    mimeType: 'application/zip',
    buffer: zip.subarray(0, zip.length / 2),
  });
  await expect(app.data.failure).toHaveText(/“broken.zip” is not a zip archive that can be read/);
  await app.data.ready(2, 6, 2).waitFor();
});

/** The zip as a user has it, unpacked and opened by nothing but TensorFlow.js. */
async function openLayersModel(path: string): Promise<tf.LayersModel> {
  const zip = new ZipReader(new BlobReader(new Blob([readFileSync(path)])));
  const entries = (await zip.getEntries()).filter((entry) => !entry.directory);
  const entry = (name: string) => {
    const found = entries.find(({ filename }) => filename === name);
    if (found === undefined) throw new Error(`The zip has no ${name}.`);
    return found;
  };
  const json = JSON.parse(await entry('model.json').getData(new TextWriter())) as {
    modelTopology: object;
    weightsManifest: { paths: string[]; weights: tf.io.WeightsManifestEntry[] }[];
  };
  const [group] = json.weightsManifest;
  const [shard] = group!.paths;
  const weights = await entry(shard!).getData(new Uint8ArrayWriter());
  await zip.close();
  return tf.loadLayersModel(
    tf.io.fromMemory({
      modelTopology: json.modelTopology,
      weightSpecs: group!.weights,
      weightData: weights.slice().buffer,
    }),
  );
}

function relativeDistance(values: readonly number[], wanted: readonly number[]): number {
  return Math.hypot(...wanted.map((value, index) => value - values[index]!)) / Math.hypot(...wanted);
}
