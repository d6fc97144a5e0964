import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeClassFolders } from './material/pictures';
import { graphModel, lyingModel, tinyModel, truncatedModel } from './material/tiny-model';
import { SMALL } from './pages/thaw-page';
import { readyToTrain } from './ready-to-train';
import { loadModelByScript } from './scripting';
import { expect, test } from './story';

const HOSTILE_MODELS = [
  { what: 'truncated weights', files: truncatedModel, code: 'model-truncated' },
  { what: 'shapes that are not those of its layers', files: lyingModel, code: 'model-shape-mismatch' },
  { what: 'a graph model', files: graphModel, code: 'model-graph-model' },
] as const;

for (const { what, files, code } of HOSTILE_MODELS) {
  test(`a model with ${what} is refused in a sentence, and what was loaded goes on`, async ({
    app,
  }, info) => {
    await readyToTrain(app, info, 'wasm');
    const before = await app.layers.rows();

    // A script gets the code, the page the same sentence.
    const failure = await loadModelByScript(app.page, files());
    expect(failure?.code).toBe(code);
    await app.backbone.chooseFiles(files());
    await app.backbone.loadButton.click();
    await expect(app.backbone.failure).toHaveText(`Error: ${failure?.message}`);
    expect(await app.layers.rows()).toEqual(before);

    await app.phases.fill({ Epochs: 2, 'Unfreeze backbone at epoch': 1 });
    await app.training.startButton.click();
    await app.training.completed(60_000);
    await expect(app.results.accuracy).toHaveText(/of 4 pictures right$/);
  });
}

test('after a model that was refused, a sound one is loaded from files', async ({ app }) => {
  await app.open('wasm');
  await app.backbone.chooseFiles(graphModel());
  await app.backbone.loadButton.click();
  await expect(app.backbone.failure).toBeVisible();

  await app.backbone.chooseFiles(tinyModel());
  await app.backbone.load();
  await expect(app.backbone.failure).toBeHidden();
  await expect(app.backbone.end).toHaveValue('relu3');
  await expect(app.backbone.pictureSize).toHaveValue('12');
  expect((await app.layers.rows()).map(({ layer }) => layer)).toContain('dw2');
});

test('a text file named .jpg is left out by name, and the rest trains', async ({ app }, info) => {
  await app.open('wasm');
  await app.backbone.choose(SMALL);
  await app.backbone.load();
  const folder = info.outputPath('pictures');
  writeClassFolders(folder, { red: 4, blue: 4 });
  writeFileSync(join(folder, 'red', 'letter.jpg'), 'Dear page, I am no picture.');
  writeFileSync(join(folder, 'red', 'notes.txt'), 'Nor am I.');

  await app.data.addFolder(folder);

  await app.data.ready(2, 6, 2).waitFor();
  await expect(app.message(/Skipped: .*letter\.jpg/)).toBeVisible();
  await expect(app.message(/1 file is no picture .*notes\.txt/)).toBeVisible();
  await app.phases.fill({ Epochs: 1, 'Unfreeze backbone at epoch': 1, 'Batch size': 6 });
  await app.training.startButton.click();
  await app.training.completed(60_000);
});

test('a file that is deleted while it is needed: training says so, and the page goes on', async ({
  app,
}, info) => {
  // Nothing decoded is kept, so that training has to read the files again.
  await app.open('wasm', { pixelMemory: 0 });
  await app.backbone.choose(SMALL);
  await app.backbone.load();
  const folder = info.outputPath('pictures');
  writeClassFolders(folder, { red: 4, blue: 4 });
  await app.data.addFolder(folder);
  await app.data.ready(2, 6, 2).waitFor();
  rmSync(join(folder, 'red'), { recursive: true });
  await app.phases.fill({ Epochs: 1, 'Unfreeze backbone at epoch': 1, 'Batch size': 6 });

  await app.training.startButton.click();
  await expect(app.training.failure).toHaveText(/“red-\d\.png” can no longer be read: it was moved, changed/);

  await app.data.takeSampleImages();
  await app.training.startButton.click();
  await app.training.completed(60_000);
});

test('one class, then a class of one picture: refused in sentences, and more pictures mend it', async ({
  app,
}, info) => {
  await app.open('wasm');
  await app.backbone.choose(SMALL);
  await app.backbone.load();

  await test.step('one class', async () => {
    await app.data.addFolder(writeClassFolders(info.outputPath('first'), { red: 4 })[0]!);
    await expect(
      app.message(/All pictures are in one class, “red”\. Add pictures of at least one/),
    ).toBeVisible();
    await expect(app.training.startButton).toBeDisabled();
  });

  await test.step('a class with one picture', async () => {
    await app.data.addFolder(writeClassFolders(info.outputPath('second'), { blue: 1 })[0]!);
    await expect(app.data.failure).toHaveText(/The class “blue” has only one picture that can be used/);
    await expect(app.training.startButton).toBeDisabled();
  });

  await test.step('nothing but a folder of text', async () => {
    const folder = info.outputPath('third');
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'readme.md'), 'no pictures here');
    await app.data.addFolder(folder);
    await expect(app.data.failure).toHaveText(/No pictures found \(.*readme\.md\)/);
    await expect(app.data.classHeading('red', 4)).toBeVisible();
  });

  await test.step('enough of both', async () => {
    await app.data.addFolder(writeClassFolders(info.outputPath('fourth'), { blue: 4 })[0]!);
    await expect(app.data.failure).toBeHidden();
    await expect(app.training.startButton).toBeEnabled();
    await app.phases.fill({ Epochs: 1, 'Unfreeze backbone at epoch': 1, 'Batch size': 2 });
    await app.training.startButton.click();
    await app.training.completed(60_000);
  });
});

test('scripts get a code for data that cannot be trained on', async ({ app }) => {
  await app.open('wasm');
  const codes = await app.page.evaluate(
    async (sets) => {
      const codeOf = (paths: readonly string[]) =>
        window.thaw
          .setData({ kind: 'files', files: paths.map((path) => new File(['no picture'], path)) })
          .then(
            () => null,
            (error: { code: string }) => error.code,
          );
      const found: (string | null)[] = [];
      for (const paths of sets) found.push(await codeOf(paths));
      return found;
    },
    [
      ['a/1.png', 'a/2.png'],
      ['a/1.png', 'a/2.png', 'b/3.png'],
      ['a/notes.txt'],
      ['1.png', 'a/2.png'],
      ['a/1.png', 'a/2.png', 'b/3.png', 'b/4.png'],
    ],
  );
  expect(codes).toEqual(['one-class', 'class-too-small', 'no-pictures', 'data-invalid', 'no-pictures']);
});
