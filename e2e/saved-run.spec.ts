import { readyToTrain } from './ready-to-train';
import { RunEvents } from './run-events';
import { expect, test } from './story';

test('a run that is saved and opened in a page that was loaded again goes on as if nothing had been', async ({
  app,
}, info) => {
  const { page, training } = app;
  const save = training.region.getByRole('button', { name: 'Save run' });
  const open = training.region.getByRole('button', { name: 'Open saved run' });
  await app.open('wasm');
  await expect(save).toBeDisabled();
  await expect(open).toBeDisabled();

  await readyToTrain(app, info, 'wasm');
  await app.phases.fill({ Epochs: 400, 'Unfreeze backbone at epoch': 1 });
  const events = await RunEvents.listen(page);
  await training.startButton.click();
  await expect.poll(() => events.count('epochEnded')).toBeGreaterThan(2);
  await training.pauseButton.click();
  await expect(training.resumeButton).toBeEnabled();
  const [download] = await Promise.all([page.waitForEvent('download'), save.click()]);
  const path = info.outputPath(download.suggestedFilename());
  await download.saveAs(path);
  const losses = (await events.of('step')).map(({ loss }) => loss);

  // The browser asks before a page with a run is left; Playwright says yes.
  const asked = page.waitForEvent('dialog').then(async (dialog) => {
    await dialog.accept();
    return dialog.type();
  });
  await app.open('wasm');
  expect(await asked).toBe('beforeunload');
  await app.data.ready(2, 12, 4).waitFor();
  await expect(training.startButton).toBeEnabled();

  await page.getByLabel('Saved run', { exact: true }).setInputFiles(path);
  await expect(app.phases.number('Epochs')).toHaveValue('400');
  await expect(training.pauseButton).toBeEnabled();
  await training.stopButton.click();
  await expect(training.startButton).toBeEnabled();
  const again = await page.evaluate(async () => [...(await window.thaw.runState()).losses]);
  expect(again.length).toBeGreaterThan(4);
  const common = Math.min(again.length, losses.length);
  expect(again.slice(0, common)).toEqual(losses.slice(0, common));

  await page.getByLabel('Saved run', { exact: true }).setInputFiles('package.json');
  await expect(training.failure).toHaveText(/is not the state of a run/);
});
