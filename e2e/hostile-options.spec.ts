import { readyToTrain } from './ready-to-train';
import { RunEvents } from './run-events';
import { expect, test } from './story';
import { WeightsAsLoaded } from './weights-as-loaded';

test('a batch larger than the training set is refused before and at the start', async ({ app }, info) => {
  await readyToTrain(app, info, 'wasm');
  await app.phases.fill({ Epochs: 1, 'Unfreeze backbone at epoch': 1, 'Batch size': 13 });
  await expect(app.phases.failure).toHaveText(
    /A batch of 13 pictures is larger than the training set of 12\. Choose a batch size of at most 12\./,
  );

  await app.training.startButton.click();
  await expect(app.training.failure).toHaveText(
    /A batch of 13 pictures is larger than the training set of 12/,
  );
  const code = await app.page.evaluate(() =>
    window.thaw.train({ epochs: 1, batchSize: 13 }).then(
      () => null,
      (error: { code: string }) => error.code,
    ),
  );
  expect(code).toBe('batch-too-large');

  await app.phases.fill({ 'Batch size': 12 });
  await expect(app.phases.failure).toBeHidden();
  await app.training.startButton.click();
  await app.training.completed(60_000);
});

test('an unfreeze epoch past the last epoch is allowed: never unfrozen, and the page says so', async ({
  app,
}, info) => {
  await readyToTrain(app, info, 'wasm');
  await app.phases.fill({ Epochs: 2, 'Unfreeze backbone at epoch': 7 });
  await expect(app.message(/The backbone stays frozen: it would be unfrozen at epoch 7/)).toBeVisible();
  await expect(app.page.getByText('The backbone is never unfrozen.')).toBeVisible();

  const phaseSaid = await app.training.watchPhase();
  await app.training.startButton.click();
  await app.training.completed(60_000);
  expect((await phaseSaid()).filter((text) => text.startsWith('unfrozen'))).toEqual([]);
  const convolutions = (await app.layers.rows()).filter(({ type }) => type === 'Conv2D');
  expect(convolutions.length).toBeGreaterThan(0);
  expect(convolutions.map(({ weightChange }) => weightChange)).toEqual(convolutions.map(() => '0'));
});

test('a loss that is no number stops the run with a sentence and keeps the last good weights', async ({
  app,
}, info) => {
  await readyToTrain(app, info, 'wasm');
  await app.phases.fill({ Epochs: 3, 'Unfreeze backbone at epoch': 1, 'Learning rate': 1e38 });
  await app.phases.optimizer.selectOption({ label: 'SGD' });
  const loaded = await WeightsAsLoaded.remember(app.page);
  const events = await RunEvents.listen(app.page);

  await app.training.startButton.click();
  await expect(app.training.failure).toHaveText(
    /Training stopped in epoch 0: the loss .* The weights are those of the last epoch that ended well\. Try a smaller/,
  );
  expect((await events.of('failed')).map(({ failure }) => failure.code)).toEqual(['loss-not-finite']);
  await expect(app.training.startButton).toBeEnabled();
  expect(await loaded.changedLayers()).toEqual([]);

  await app.phases.fill({ 'Learning rate': 0.01 });
  await app.training.startButton.click();
  await app.training.completed(60_000);
  await expect(app.training.failure).toBeHidden();
  expect((await events.of('finished')).map(({ record }) => record.outcome)).toEqual(['completed']);
});
