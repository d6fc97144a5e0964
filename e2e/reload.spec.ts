import type { Page } from '@playwright/test';
import { damagePart, keptCount, keptParts, keptRun } from './kept-project';
import { TINY_BACKBONE_END, tinyModel } from './material/tiny-model';
import { ThawPage } from './pages/thaw-page';
import { readyToTrain } from './ready-to-train';
import { RunEvents } from './run-events';
import { expect, test } from './story';

const RESTORED = /^From your last visit, kept on this machine: /;

test("a page that is loaded again has one's own pictures, the backbone and the options", async ({
  app,
}, info) => {
  const { page, data, backbone, phases } = app;
  await readyToTrain(app, info, 'wasm');
  await phases.trainBatchNorm({ frozen: false, unfrozen: true });
  await phases.fill({ Epochs: 7, 'Unfreeze backbone at epoch': 3 });
  await data.region.getByRole('button', { name: 'Edit', exact: true }).click();
  await data.gallery.getByRole('listitem').first().getByRole('button').click();
  await data.ready(2, 11, 4).waitFor();
  await expect.poll(async () => keptCount(page)).toBe(15);
  await expect.poll(async () => (await keptParts(page)).options).toMatchObject({ epochs: 7 });

  await page.reload();
  await expect(app.message(RESTORED)).toHaveText(
    /: 15 pictures, the backbone efficientnet-lite0[^,]*, and the options\.$/,
  );
  await data.ready(2, 11, 4).waitFor();
  await expect(data.gallery.getByRole('img')).toHaveCount(15);
  await expect(backbone.end).toHaveValue('block1_project_bn');
  await expect(backbone.pictureSize).toHaveValue('96');
  await expect(phases.number('Epochs')).toHaveValue('7');
  await expect(phases.number('Unfreeze backbone at epoch')).toHaveValue('3');
  await expect(phases.number('Batch size')).toHaveValue('6');
  await expect(phases.frozenSwitch).not.toBeChecked();
  await expect(phases.unfrozenSwitch).toBeChecked();
  await expect(app.training.startButton).toBeEnabled();
  await expect(app.training.resumeButton).toBeDisabled();
  await expect(app.layers.table).toBeVisible();

  await test.step('and nothing after Remove all', async () => {
    await data.region.getByRole('button', { name: 'Remove all' }).click();
    await expect.poll(() => keptParts(page)).toEqual({});
    await app.open('wasm');
    await expect(data.region.getByText('none', { exact: true })).toBeVisible();
    await expect(app.message(RESTORED)).toHaveCount(0);
    await expect(phases.number('Epochs')).not.toHaveValue('7');
  });
});

test('a run that was going on is offered, and ends with the losses of one that was never interrupted', async ({
  app,
}, info) => {
  const { page, training, phases } = app;
  const epochs = 40;
  await readyToTrain(app, info, 'wasm');
  await phases.fill({ Epochs: epochs, 'Unfreeze backbone at epoch': 2 });
  const whole = await RunEvents.listen(page);
  await training.startButton.click();
  await training.completed(120_000);
  const [undisturbed] = (await whole.of('finished')).map(({ record }) => record);

  await training.startButton.click();
  // Into the unfrozen phase.
  await expect.poll(() => whole.count('epochEnded')).toBeGreaterThan(epochs + 3);
  await training.pauseButton.click();
  await expect(training.resumeButton).toBeEnabled();
  await expect.poll(async () => keptRun(page, null)).toBeGreaterThan(3);
  page.once('dialog', (dialog) => dialog.accept());
  await page.reload();
  const offer = training.region.getByRole('status').filter({ hasText: 'when the page was closed' });
  await expect(offer).toHaveText(
    /^Training stopped after \d+ of 40 epochs, when the page was closed\. Press Resume to go on with it\.$/,
  );
  await expect(training.startButton).toBeEnabled();
  const rest = await RunEvents.listen(page);
  await training.resumeButton.click();
  await training.completed(120_000);
  await expect(offer).toBeHidden();

  const [resumed] = (await rest.of('finished')).map(({ record }) => record);
  expect(resumed!.steps).toEqual(undisturbed!.steps);
  expect(resumed!.layers).toEqual(undisturbed!.layers);
  const again = await rest.of('step');
  expect(again.length).toBeGreaterThan(0);
  expect(again.length).toBeLessThan(undisturbed!.steps.length);

  await test.step('and its model is there when the page is loaded once more', async () => {
    const accuracy = await app.results.accuracy.textContent();
    const weights = await weightSums(page);
    await expect.poll(async () => keptRun(page, 'completed')).toBe(epochs);
    await page.reload();
    await expect(app.message(RESTORED)).toHaveText(/and the trained model\.$/);
    await expect(app.results.accuracy).toHaveText(accuracy!);
    await expect(app.results.downloadButton).toBeEnabled();
    await expect(training.resumeButton).toBeDisabled();
    await training.completed(10_000);
    expect(await weightSums(page)).toEqual(weights);
  });
});

test("one's own model and the sample pictures are back", async ({ app }) => {
  const { page, backbone, data } = app;
  await app.open('wasm');
  await backbone.chooseFiles(tinyModel());
  await backbone.load();
  await data.takeSampleImages();
  await expect.poll(async () => Object.keys(await keptParts(page))).toEqual(['backbone', 'pictures']);
  const layers = (await app.layers.rows()).map(({ layer }) => layer);

  await page.reload();
  await expect(app.message(RESTORED)).toHaveText(/: the sample pictures and the backbone [^,]+\.$/);
  await data.ready(4, 96, 32).waitFor();
  await expect(backbone.end).toHaveValue(TINY_BACKBONE_END);
  await expect(backbone.pictureSize).toHaveValue('12');
  expect((await app.layers.rows()).map(({ layer }) => layer)).toEqual(layers);
  // Its files can be loaded again at another end.
  await backbone.load();
  await expect(backbone.failure).toBeHidden();
});

test('what is damaged is left out with a sentence, and the rest is there', async ({ app }, info) => {
  const { page, training } = app;
  await readyToTrain(app, info, 'wasm');
  await app.phases.fill({ Epochs: 2, 'Unfreeze backbone at epoch': 1 });
  await training.startButton.click();
  await training.completed(60_000);
  await expect.poll(async () => keptRun(page, 'completed')).toBe(2);
  await damagePart(page, 'options', { epochs: 'many' });
  await damagePart(page, 'run', { epochs: 2 });
  await damagePart(page, 'backbone', { kind: 'bundled' });

  await page.reload();
  await expect(
    app.message(
      /Not all that was kept of your last visit could be read: the backbone, the run, and the options/,
    ),
  ).toBeVisible();
  await app.data.ready(2, 12, 4).waitFor();
  await expect(training.startButton).toBeDisabled();
  await page.reload();
  await expect(app.message(RESTORED)).toBeVisible();
  await expect(app.message(/could be read/)).toHaveCount(0);
});

test('a second tab keeps nothing and says so, and what is kept can be removed', async ({
  app,
  baseURL,
}, info) => {
  await readyToTrain(app, info, 'wasm');
  await expect.poll(async () => keptCount(app.page)).toBe(16);

  const second = new ThawPage(await app.page.context().newPage(), new URL(baseURL!).origin);
  await second.open('wasm');
  await expect(second.message(/open in another tab/)).toBeVisible();
  await second.data.takeSampleImages();
  await second.page.close();
  expect(await keptCount(app.page)).toBe(16);

  await app.page.reload();
  await app.data.ready(2, 12, 4).waitFor();
  await app.page.getByRole('button', { name: 'Begin anew', exact: true }).click();
  await Promise.all([
    app.page.waitForEvent('load'),
    app.page.getByRole('button', { name: 'Remove and begin anew' }).click(),
  ]);
  await app.page.evaluate(() => window.thaw.ready);
  await expect(app.data.region.getByText('none', { exact: true })).toBeVisible();
  expect(await keptParts(app.page)).toEqual({});
});

function weightSums(page: Page): Promise<readonly (readonly [string, number])[]> {
  return page.evaluate(async () => {
    const weights = Object.entries(await window.thaw.weights());
    return weights.map(
      ([name, { values }]) => [name, values.reduce((sum, value) => sum + value, 0)] as const,
    );
  });
}
