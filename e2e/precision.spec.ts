import { readyToTrain } from './ready-to-train';
import { RunEvents } from './run-events';
import { expect, test } from './story';

test('precision: 16 bits between the layers on WebGPU, with what the first batch showed', async ({
  app,
}, info) => {
  await readyToTrain(app, info, 'webgpu');
  await app.phases.fill({ Epochs: 1, 'Unfreeze backbone at epoch': 0 });
  await app.phases.region.getByText('Advanced', { exact: true }).click();
  const precision = app.phases.region.getByRole('combobox', { name: 'Precision', exact: true });
  await expect(precision).toHaveValue('32-true');
  await precision.selectOption('16-mixed');
  const events = await RunEvents.listen(app.page);
  await app.training.startButton.click();
  await app.training.completed(120_000);
  expect((await events.of('finished'))[0]?.record).toMatchObject({
    config: { precision: '16-mixed' },
    warnings: [],
  });
  const plan = await app.page.evaluate(() => window.thaw.planView());
  expect(plan!.storage.format).toBe('half');
  expect(plan!.storage.comparison!.gradientCosine).toBeGreaterThan(0.99);
  await app.training.region.getByText('Plan', { exact: true }).click();
  await expect(
    app.training.region.getByText('What lies between the layers is kept in 16 bits.'),
  ).toBeVisible();
});

test('precision: where 16 bits cannot act the page says so and trains in 32', async ({ app }, info) => {
  await readyToTrain(app, info, 'wasm');
  const warnings = await app.page.evaluate(() =>
    window.thaw
      .train({ epochs: 1, batchSize: 6, unfreezeBackboneAtEpoch: 0, precision: '16-mixed' })
      .then(({ warnings: told }) => told),
  );
  expect(warnings.map(({ code }) => code)).toEqual(['option-ignored']);
  await expect(
    app.page.getByText('this run does not use them: it keeps everything in 32 bits.'),
  ).toBeVisible();
});
