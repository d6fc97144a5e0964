import { SMALL } from './pages/thaw-page';
import { readyToTrain } from './ready-to-train';
import { RunEvents } from './run-events';
import { expect, test } from './story';

test('features come from one backend, and the steps of the head from another', async ({ app }, info) => {
  const losses = async (head?: 'wasm') => {
    await readyToTrain(app, info, 'webgpu', SMALL, head);
    const events = await RunEvents.listen(app.page);
    const { steps } = await app.page.evaluate(() =>
      window.thaw.train({
        epochs: 3,
        unfreezeBackboneAtEpoch: 2,
        trainBnFrozenPhase: false,
        trainBnUnfrozenPhase: false,
        batchSize: 6,
        learningRate: 0.01,
      }),
    );
    const [started] = await events.of('started');
    return { steps: steps.map(({ loss }) => loss), engine: started!.backend };
  };
  const alone = await losses();
  const both = await losses('wasm');
  await expect(app.page.getByRole('status', { name: 'Machine' })).toHaveText(
    /^webgpu .*, heads on kept features on wasm$/,
  );
  expect(alone.engine).not.toContain('steps on kept features');
  expect(both.engine).toContain('steps on kept features: Step plan on SIMD kernels');
  expect(both.steps).toHaveLength(alone.steps.length);
  for (const [step, loss] of both.steps.entries()) {
    expect(Math.abs(loss / alone.steps[step]! - 1), `step ${step}`).toBeLessThan(1e-3);
  }
});
