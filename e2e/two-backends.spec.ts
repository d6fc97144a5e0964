import { keptParts } from './kept-project';
import { SMALL, type ThawPage } from './pages/thaw-page';
import { readyToTrain } from './ready-to-train';
import { RunEvents } from './run-events';
import { expect, test } from './story';

test('features come from one backend, and the steps of the head from another', async ({ app }, info) => {
  const train = async (head?: 'wasm') => {
    await readyToTrain(app, info, 'webgpu', SMALL, head);
    const events = await RunEvents.listen(app.page);
    const submits = await countSubmits(app);
    const frozen = await app.page.evaluate((config) => window.thaw.train(config), configOf(10, 10));
    const submitted = await submits();
    const whole = await app.page.evaluate((config) => window.thaw.train(config), configOf(3, 2));
    const [started] = await events.of('started');
    // The page is opened again: nothing of this run is to be there.
    await app.data.region.getByRole('button', { name: 'Remove all' }).click();
    await expect.poll(() => keptParts(app.page)).toEqual({});
    const losses = [...frozen.steps, ...whole.steps].map(({ loss }) => loss);
    return { losses, frozenSteps: frozen.steps.length, submitted, engine: started!.backend };
  };
  const alone = await train();
  const both = await train('wasm');
  await expect(app.page.getByRole('status', { name: 'Machine' })).toHaveText(
    /^webgpu .*, heads on kept features on wasm$/,
  );
  expect(both.engine).toContain('steps on kept features: Step plan on SIMD kernels');
  // The graphics processor has each step of the one run, and of the other the features of the pictures, once.
  expect(alone.submitted).toBeGreaterThanOrEqual(alone.frozenSteps);
  expect(both.submitted).toBeGreaterThan(0);
  expect(both.submitted).toBeLessThan(both.frozenSteps);
  expect(both.losses).toHaveLength(alone.losses.length);
  for (const [step, loss] of both.losses.entries()) {
    expect(Math.abs(loss / alone.losses[step]! - 1), `step ${step}`).toBeLessThan(1e-3);
  }
});

function configOf(epochs: number, unfreezeBackboneAtEpoch: number) {
  return {
    epochs,
    unfreezeBackboneAtEpoch,
    trainBnFrozenPhase: false,
    trainBnUnfrozenPhase: false,
    batchSize: 6,
    learningRate: 0.01,
  } as const;
}

/** @returns what tells how often the training worker has given work to the device since */
async function countSubmits(app: ThawPage): Promise<() => Promise<number>> {
  const worker = app.trainingWorker();
  await worker.evaluate(() => {
    const { submit } = GPUQueue.prototype;
    Reflect.set(globalThis, 'submits', 0);
    GPUQueue.prototype.submit = function (this: GPUQueue, buffers) {
      Reflect.set(globalThis, 'submits', Number(Reflect.get(globalThis, 'submits')) + 1);
      return submit.call(this, buffers);
    };
  });
  return () => worker.evaluate(() => Number(Reflect.get(globalThis, 'submits')));
}
