import { readyToTrain } from './ready-to-train';
import { expect, test } from './story';

test('the deprecated trainBn works, and the page names the two options to use instead', async ({
  app,
}, info) => {
  await readyToTrain(app, info, 'wasm');

  const record = await app.page.evaluate(() =>
    window.thaw.train({ epochs: 2, unfreezeBackboneAtEpoch: 1, batchSize: 6, trainBn: false }),
  );

  expect(record.warnings.map(({ code }) => code)).toEqual(['train-bn-deprecated']);
  const said = app.message(/trainBn` is deprecated/);
  await expect(said).toBeVisible();
  await expect(said).toContainText('trainBnFrozenPhase');
  await expect(said).toContainText('trainBnUnfrozenPhase');
  // As before: what is given for `trainBn` holds after unfreezing only.
  await expect(app.phases.frozenSwitch).toBeChecked();
  await expect(app.phases.unfrozenSwitch).not.toBeChecked();
  const batchNorm = (await app.layers.rows()).filter(({ type }) => type === 'BatchNormalization');
  expect(batchNorm.length).toBeGreaterThan(0);
  for (const { layer, statistics, statisticsChange } of batchNorm) {
    expect(statistics, layer).toBe('running, held');
    expect(Number(statisticsChange), layer).toBeGreaterThan(0);
  }
});

test('trainBn against trainBnUnfrozenPhase is refused with a code', async ({ app }, info) => {
  await readyToTrain(app, info, 'wasm');

  const failure = await app.page.evaluate(() =>
    window.thaw.train({ epochs: 1, trainBn: true, trainBnUnfrozenPhase: false }).then(
      () => null,
      ({ code, message }: { code: string; message: string }) => ({ code, message }),
    ),
  );

  expect(failure).toEqual({
    code: 'conflicting-options',
    message: expect.stringMatching(/`trainBn: true` contradicts `trainBnUnfrozenPhase: false`/),
  });
});
