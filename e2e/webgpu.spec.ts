import { readyToTrain } from './ready-to-train';
import { RunEvents } from './run-events';
import { expect, test } from './story';

test('while a run starts on WebGPU the page says what it compiles, and then what a step consists of', async ({
  app,
}, info) => {
  await readyToTrain(app, info, 'webgpu');
  await app.phases.fill({ Epochs: 2, 'Unfreeze backbone at epoch': 1 });
  const events = await RunEvents.listen(app.page);
  const said = await app.training.watchPreparation();
  await app.training.startButton.click();
  await app.training.completed(120_000);

  const texts = await said();
  expect(texts.some((text) => /^Compiling kernels: \d+ of \d+$/.test(text))).toBe(true);
  await expect(app.training.preparation).toBeEmpty();
  const prepared = await events.of('preparing');
  expect(prepared.length).toBeGreaterThan(0);
  for (const { done, total } of prepared) expect(done).toBeLessThanOrEqual(total);

  await app.training.region.getByText('Plan', { exact: true }).click();
  const { dispatches } = await app.page.evaluate(() => window.thaw.stats());
  const plan = await app.page.evaluate(() => window.thaw.planView());
  expect(dispatches).toBe(plan!.dispatches);
  // Neighbouring calls share a dispatch, and parts of sums need one of their own.
  expect(dispatches).not.toBe(plan!.calls);
  for (const [name, value] of [
    ['Dispatches', String(dispatches)],
    ['Kernel calls', String(plan!.calls)],
    ['Bytes moved', /^[\d.,]+ MB$/],
    ['Step time', /^[\d.,]+ ms$/],
  ] as const) {
    await expect(app.training.readout(name)).toHaveText(value);
  }
});
