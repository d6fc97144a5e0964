import { keptClassNames, keptCount, keptRun } from './kept-project';
import { readyToTrain } from './ready-to-train';
import { expect, test } from './story';

test('a class is renamed by keyboard, and its model, its results and the next visit go by the new name', async ({
  app,
}, info) => {
  const { page, data, results, training } = app;
  const oneClass = app.message(/^Note: All pictures are in one class/);
  await readyToTrain(app, info, 'wasm');
  await app.phases.fill({ Epochs: 2, 'Unfreeze backbone at epoch': 2 });
  await training.startButton.click();
  await training.completed(60_000);
  await expect.poll(() => keptRun(page, 'completed')).toBe(2);
  const { input: before } = await page.evaluate(() => window.thaw.stats());
  expect(await results.confusionClasses()).toEqual(['blue', 'red']);

  await data.editButton.click();
  const field = await data.openName('red');
  await expect(field).toBeFocused();
  await page.keyboard.type('roses');
  await page.keyboard.press('Escape');
  await expect(data.gallery.getByRole('button', { name: 'Rename red' })).toBeFocused();
  await page.keyboard.press('Enter');
  await page.keyboard.type('  ');
  await page.keyboard.press('Enter');
  await expect(data.failure).toHaveText(/A class needs a name\. “red” keeps the one it has\.$/);
  await (await data.openName('red')).fill('roses');
  await page.keyboard.press('Enter');
  await expect(data.classHeading('roses', 8)).toBeVisible();
  await expect(data.gallery.getByRole('button', { name: 'Rename roses' })).toBeFocused();
  await expect(data.failure).toBeHidden();
  // Whoever goes elsewhere has accepted the name.
  await (await data.openName('blue')).fill('sky');
  await page.keyboard.press('Tab');
  await expect(data.classHeading('sky', 8)).toBeVisible();

  expect(await results.confusionClasses()).toEqual(['sky', 'roses']);
  await expect(results.downloadButton).toBeEnabled();
  const { input: after } = await page.evaluate(() => window.thaw.stats());
  expect(after?.decoded).toBe(before?.decoded);

  await expect.poll(() => keptClassNames(page)).toEqual(['sky', 'roses']);
  await page.reload();
  await expect(app.message(/and the trained model\.$/)).toBeVisible();
  await expect(data.classHeading('roses', 8)).toBeVisible();
  expect(await results.confusionClasses()).toEqual(['sky', 'roses']);
  await expect(results.downloadButton).toBeEnabled();

  await test.step('the name of another class puts its pictures there, until that is undone', async () => {
    await data.editButton.click();
    await (await data.openName('sky')).fill('roses');
    await page.keyboard.press('Enter');
    await expect(data.classHeading('roses', 16)).toBeVisible();
    await expect(data.removal('Moved 8 pictures of sky to roses, which was there already.')).toBeVisible();
    await expect(oneClass).toBeVisible();
    await data.undoButton.press('Enter');
    await data.ready(2, 12, 4).waitFor();
    await expect(data.classHeading('sky', 8)).toBeVisible();
    await expect(data.undoButton).toBeHidden();
    await expect(data.editButton).toBeFocused();
  });
});

test('what was removed comes back with one press, of the last visit too, and is trained on', async ({
  app,
}, info) => {
  const { page, data, training } = app;
  const oneClass = app.message(/^Note: All pictures are in one class/);
  await readyToTrain(app, info, 'wasm');
  await expect.poll(() => keptCount(page)).toBe(16);
  await page.reload();
  await data.ready(2, 12, 4).waitFor();
  const images = data.gallery.getByRole('img');
  const names = () => images.evaluateAll((all) => all.map((image) => image.getAttribute('alt')));
  const before = await names();
  expect(before).toHaveLength(16);

  await data.editButton.click();
  await data.gallery.getByRole('button', { name: 'Remove these 8 of red' }).press('Enter');
  await expect(data.removal('Removed 8 pictures of red.')).toBeVisible();
  await expect(oneClass).toBeVisible();
  await expect.poll(() => keptCount(page)).toBe(8);
  await expect(data.undoButton).toBeFocused();
  await page.keyboard.press('Enter');
  await data.ready(2, 12, 4).waitFor();
  await expect(oneClass).toBeHidden();

  await data.region.getByRole('button', { name: 'Remove all' }).press('Enter');
  await expect(data.removal('Removed all 16 pictures.')).toBeVisible();
  await expect.poll(() => keptCount(page)).toBe(0);
  await page.keyboard.press('Enter');
  await data.ready(2, 12, 4).waitFor();
  expect(await names()).toEqual(before);
  await expect.poll(() => data.loadedPictures()).toBe(16);
  await expect.poll(() => keptCount(page)).toBe(16);

  await data.gallery.getByRole('button', { name: 'Remove blue-0.png' }).click();
  await expect(data.removal('Removed blue-0.png of blue.')).toBeVisible();
  await expect.poll(() => keptCount(page)).toBe(15);
  await data.undoButton.click();
  await expect.poll(() => keptCount(page)).toBe(16);
  await page.reload();
  await data.ready(2, 12, 4).waitFor();
  expect(await names()).toEqual(before);
  await expect.poll(() => data.loadedPictures()).toBe(16);
  await app.phases.fill({ Epochs: 1, 'Unfreeze backbone at epoch': 1 });
  await training.startButton.click();
  await training.completed(60_000);
  await expect(app.results.accuracy).toHaveText(/of 4 pictures right$/);
});
