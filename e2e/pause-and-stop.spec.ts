import type { TestInfo } from '@playwright/test';
import type { ThawPage } from './pages/thaw-page';
import { readyToTrain } from './ready-to-train';
import { RunEvents } from './run-events';
import { expect, test } from './story';

/** Far more than pass while a test looks. */
const MANY_EPOCHS = 5000;

async function startLongRun(app: ThawPage, info: TestInfo): Promise<RunEvents> {
  await readyToTrain(app, info, 'wasm');
  await app.phases.fill({ Epochs: MANY_EPOCHS, 'Unfreeze backbone at epoch': 1 });
  const events = await RunEvents.listen(app.page);
  await app.training.startButton.click();
  await expect.poll(() => events.count('step')).toBeGreaterThan(2);
  return events;
}

test('pause holds the run within a step, resume goes on with it, stop ends it and keeps what it has', async ({
  app,
}, info) => {
  const events = await startLongRun(app, info);

  await app.training.pauseButton.click();
  await expect(app.training.resumeButton).toBeEnabled();
  await expect(app.training.pauseButton).toBeDisabled();
  const held = await events.count('step');
  // Each answer of the worker is a turn in which a run that goes on would have taken a step.
  for (let turn = 0; turn < 10; turn++) await app.page.evaluate(() => window.thaw.weights());
  expect(await events.count('step')).toBe(held);

  await app.training.resumeButton.click();
  await expect.poll(() => events.count('step')).toBeGreaterThan(held);
  const steps = (await events.of('step')).map(({ step }) => step);
  expect(steps).toEqual(steps.map((_, index) => index));

  await app.training.stopButton.click();
  await expect(app.training.startButton).toBeEnabled();
  const [finished] = await events.of('finished');
  expect(finished?.record.outcome).toBe('stopped');
  expect(finished?.record.steps).toHaveLength(await events.count('step'));
  await expect(app.training.region.getByText('stopped', { exact: true })).toBeVisible();
  await expect(app.results.accuracy).toHaveText(/^[01]\.\d{3} \d+ of 4 pictures right$/);
});

test('stop ends a pause too, and the page trains again afterwards', async ({ app }, info) => {
  const events = await startLongRun(app, info);
  await app.training.pauseButton.click();
  await app.training.stopButton.click();
  await expect(app.training.startButton).toBeEnabled();
  expect((await events.of('finished'))[0]?.record.outcome).toBe('stopped');

  await app.phases.fill({ Epochs: 2 });
  await app.training.startButton.click();
  await app.training.completed(60_000);
  const finished = await events.of('finished');
  expect(finished.map(({ record }) => record.outcome)).toEqual(['stopped', 'completed']);
  expect(finished[1]?.record.steps).toHaveLength(4);
});

test('what the run rests on cannot be changed while it goes on, and the page says so', async ({
  app,
}, info) => {
  const events = await startLongRun(app, info);
  const before = await app.phases.behaviourRows();

  await app.phases.number('Epochs').fill('3');
  await expect(app.phases.failure).toHaveText(
    /The phases cannot be changed while training runs\. Press Stop/,
  );
  await expect(app.phases.number('Epochs')).toHaveValue(String(MANY_EPOCHS));
  await app.phases.frozenSwitch.click();
  await expect(app.phases.frozenSwitch).toBeChecked();
  expect(await app.phases.behaviourRows()).toEqual(before);

  await app.data.sampleButton.click();
  await expect(app.data.failure).toHaveText(
    /The pictures cannot be changed while training runs\. Press Stop/,
  );
  await app.backbone.loadButton.click();
  await expect(app.backbone.failure).toHaveText(
    /The backbone cannot be changed while training runs\. Press Stop/,
  );
  const code = await app.page.evaluate(() =>
    window.thaw.train({ epochs: 1 }).then(
      () => null,
      (error: { code: string }) => error.code,
    ),
  );
  expect(code).toBe('busy-training');

  const sofar = await events.count('step');
  await expect.poll(() => events.count('step')).toBeGreaterThan(sofar);
  await app.training.stopButton.click();
  await expect(app.training.startButton).toBeEnabled();
});
