import type { Locator, Page } from '@playwright/test';
import { keptRun } from './kept-project';
import { expectNoViolations } from './no-violations';
import { SMALL } from './pages/thaw-page';
import { readyToTrain } from './ready-to-train';
import { expect, test } from './story';

const WIDTHS = [390, 1280] as const;

test('axe finds nothing: every panel filled, light and dark, narrow and wide', async ({ app }, info) => {
  const { page } = app;
  await readyToTrain(app, info, 'wasm');
  // By script, so that the warning of the deprecated option and the log are on the page too. It learns too
  // little to get every picture right, so that the wrong ones are shown.
  await page.evaluate(() =>
    window.thaw.train({
      epochs: 2,
      unfreezeBackboneAtEpoch: 1,
      batchSize: 6,
      learningRate: 1e-6,
      trainBn: false,
      verbose: true,
    }),
  );
  await app.results.tryPicture('public/samples/fish/fish1.jpg');
  await expect(app.results.prediction).toBeVisible();
  await expect(app.results.wrongPictures.getByRole('listitem')).not.toHaveCount(0);
  await expect(app.message(/trainBn` is deprecated/)).toBeVisible();
  for (const summary of ['Why?', 'Advanced', 'Numbers by epoch', 'Log']) {
    await page.getByText(summary, { exact: true }).click();
  }

  for (const theme of ['Light theme', 'Dark theme']) {
    await page.getByRole('button', { name: theme }).click();
    for (const width of WIDTHS) {
      await page.setViewportSize({ width, height: 900 });
      await test.step(`${theme}, ${width} wide`, () => expectNoViolations(page));
    }
  }
});

test('axe finds nothing on the page as it opens, nor in a dialog', async ({ app }) => {
  await app.open('wasm');
  for (const width of WIDTHS) {
    await app.page.setViewportSize({ width, height: 900 });
    await expectNoViolations(app.page);
  }
  await app.data.takeSampleImages();
  await app.data.editButton.click();
  await expectNoViolations(app.page);
  await app.data.gallery.getByRole('button', { name: 'Remove fish1.jpg' }).click();
  await expect(app.data.undoButton).toBeVisible();
  await app.data.openName('fish');
  await expectNoViolations(app.page);
  await app.data.region.getByRole('button', { name: 'Attribution' }).click();
  await expect(app.page.getByRole('dialog')).toBeVisible();
  await expectNoViolations(app.page);
});

test('axe finds nothing where the last visit is back and its run is offered', async ({ app }, info) => {
  const { page, training } = app;
  await readyToTrain(app, info, 'wasm');
  await app.phases.fill({ Epochs: 5000, 'Unfreeze backbone at epoch': 1 });
  await training.startButton.click();
  await expect.poll(() => keptRun(page, null)).toBeGreaterThan(0);
  await training.stopButton.click();
  await expect.poll(() => keptRun(page, 'stopped')).toBeGreaterThan(0);
  page.once('dialog', (dialog) => dialog.accept());
  await page.reload();
  await expect(training.resumeButton).toBeEnabled();
  await expect(
    app.message(/^Training was stopped; what it had after \d+ of 5000 epochs is kept\./),
  ).toBeVisible();
  for (const theme of ['Light theme', 'Dark theme']) {
    await page.getByRole('button', { name: theme }).click();
    for (const width of WIDTHS) {
      await page.setViewportSize({ width, height: 900 });
      await test.step(`${theme}, ${width} wide`, () => expectNoViolations(page));
    }
  }
  await page.getByRole('button', { name: 'Begin anew', exact: true }).click();
  await expect(page.getByRole('dialog')).toBeVisible();
  await expectNoViolations(page);
});

test('a switch and the progress are seen where the system sets the colours', async ({ app }, info) => {
  await app.page.emulateMedia({ forcedColors: 'active', reducedMotion: 'reduce' });
  await readyToTrain(app, info, 'wasm');
  const look = (element: Locator) => element.screenshot();
  await app.phases.frozenSwitch.setChecked(true);
  await app.phases.region.getByRole('heading', { name: 'Phases' }).hover();
  const on = await look(app.phases.frozenSwitch);
  await app.phases.frozenSwitch.setChecked(false);
  await app.phases.region.getByRole('heading', { name: 'Phases' }).hover();
  expect(on.equals(await look(app.phases.frozenSwitch))).toBe(false);

  const empty = await look(app.training.progress);
  await app.phases.fill({ Epochs: 1, 'Unfreeze backbone at epoch': 1 });
  await app.training.startButton.click();
  await app.training.completed(60_000);
  expect(empty.equals(await look(app.training.progress))).toBe(false);
});

test('the three presses and the switches by keyboard alone', async ({ app }) => {
  const { page } = app;
  await app.open('wasm');
  await app.backbone.choose(SMALL);
  await app.phases.fill({ Epochs: 2, 'Unfreeze backbone at epoch': 1, 'Batch size': 48 });
  await app.page.getByRole('button', { name: 'System theme' }).focus();

  await tabTo(page, app.backbone.loadButton);
  await page.keyboard.press('Enter');
  await app.backbone.loaded.waitFor();

  await tabTo(page, app.data.sampleButton);
  await page.keyboard.press('Space');
  await app.data.ready(4, 96, 32).waitFor();

  for (const [control, row] of [
    [app.phases.frozenSwitch, 0],
    [app.phases.unfrozenSwitch, 1],
  ] as const) {
    const before = await control.isChecked();
    await tabTo(page, control);
    await page.keyboard.press('Space');
    await expect(control).toBeChecked({ checked: !before });
    expect((await app.phases.behaviourRows())[row]?.[2]).toBe(before ? 'frozen' : 'trainable');
  }

  await tabTo(page, app.training.startButton);
  await page.keyboard.press('Enter');
  await app.training.completed(60_000);
  await expect(app.results.accuracy).toHaveText(/of 32 pictures right$/);
});

/** Presses Tab until the control has the focus, as somebody without a mouse does. */
async function tabTo(page: Page, control: Locator): Promise<void> {
  for (let presses = 0; presses < 100; presses++) {
    if (await control.evaluate((element) => element === document.activeElement)) return;
    await page.keyboard.press('Tab');
  }
  throw new Error(`A hundred presses of Tab do not lead to ${String(control)}.`);
}
