import type { Worker } from '@playwright/test';
import type { ThawPage } from './pages/thaw-page';
import { readyToTrain } from './ready-to-train';
import { RunEvents } from './run-events';
import { expect, test } from './story';

const EPOCHS = 4;

test('a device that is lost in the middle of a run is replaced, and the numbers are those of an undisturbed run', async ({
  app,
}, info) => {
  await readyToTrain(app, info, 'webgpu');
  await app.phases.fill({ Epochs: EPOCHS, 'Unfreeze backbone at epoch': 2 });
  const events = await RunEvents.listen(app.page);
  await app.training.startButton.click();
  await app.training.completed(120_000);

  await loseDevice(app.trainingWorker(), 20);
  await app.training.startButton.click();
  await expect(
    app.training.region.getByRole('status').filter({
      hasText: /The graphics processor was lost in epoch \d; training goes on from .* on a new device\./,
    }),
  ).toBeVisible({ timeout: 60_000 });
  await app.training.completed(120_000);

  const [whole, disturbed] = (await events.of('finished')).map(({ record }) => record);
  expect(disturbed!.steps).toEqual(whole!.steps);
  expect(disturbed!.layers).toEqual(whole!.layers);
  const told = (await events.of('step')).slice(whole!.steps.length);
  expect(told.map(({ step, loss }) => ({ step, loss }))).toEqual(
    whole!.steps.map(({ loss }, step) => ({ step, loss })),
  );
  expect(await events.count('restarted')).toBe(1);
  expect(await events.count('failed')).toBe(0);
});

test('a device that is lost while nothing runs is replaced with the next use', async ({ app }, info) => {
  await readyToTrain(app, info, 'webgpu');
  await app.phases.fill({ Epochs: 1 });
  await app.training.startButton.click();
  await app.training.completed(120_000);
  const before = await weightSums(app);
  await loseDevice(app.trainingWorker(), 1);
  expect(await weightSums(app)).toEqual(before);
  await app.training.startButton.click();
  await app.training.completed(120_000);
  await expect(app.training.region.getByRole('status').filter({ hasText: 'was lost' })).toHaveCount(0);
});

/** Destroys the device while it encodes the so-manieth command buffer from now: a step, or a copy that is read. */
function loseDevice(worker: Worker, count: number): Promise<void> {
  return worker.evaluate((count) => {
    const encode = GPUDevice.prototype.createCommandEncoder;
    let left = count;
    GPUDevice.prototype.createCommandEncoder = function (this: GPUDevice, descriptor) {
      const encoder = encode.call(this, descriptor);
      left -= 1;
      if (left === 0) {
        GPUDevice.prototype.createCommandEncoder = encode;
        this.destroy();
      }
      return encoder;
    };
  }, count);
}

function weightSums(app: ThawPage): Promise<readonly (readonly [string, number])[]> {
  return app.page.evaluate(async () => {
    const weights = Object.entries(await window.thaw.weights());
    return weights.map(
      ([name, { values }]) => [name, values.reduce((sum, value) => sum + value, 0)] as const,
    );
  });
}
