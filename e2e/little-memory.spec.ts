import { SMALL, type ThawPage } from './pages/thaw-page';
import { readyToTrain } from './ready-to-train';
import { expect, test } from './story';

const FROZEN = {
  epochs: 3,
  unfreezeBackboneAtEpoch: 3,
  trainBnFrozenPhase: false,
  batchSize: 6,
  learningRate: 0.01,
} as const;

test('frozen values that have no room in memory are kept on disk, to the same losses', async ({
  app,
}, info) => {
  const losses = async () => {
    const { steps } = await app.page.evaluate((config) => window.thaw.train(config), FROZEN);
    const plan = await app.page.evaluate(() => window.thaw.planView());
    return { losses: steps.map(({ loss }) => loss), kept: plan!.kept };
  };
  await readyToTrain(app, info, 'wasm');
  const roomy = await losses();
  expect(roomy.kept).toMatchObject({ pictures: 16, diskBytes: 0 });

  await app.open('wasm');
  await sayMemory(app, 2 ** -20);
  // The pictures of the first visit are back, and are read again for the new backbone.
  await app.data.ready(2, 12, 4).waitFor();
  await app.page.evaluate(
    ({ end, pictureSize }) =>
      window.thaw.loadBackbone({ kind: 'bundled', id: 'efficientnet-lite0', backboneEnd: end, pictureSize }),
    SMALL,
  );
  const little = await losses();
  expect(little.kept.pictures).toBe(16);
  expect(little.kept.diskBytes).toBeGreaterThan(0);
  expect(little.kept.memoryBytes).toBeLessThanOrEqual(2 ** 7);
  expect(little.losses).toEqual(roomy.losses);

  // What is too much is said before anything is paid, with what to do.
  await expect(
    app.phases.region.getByText(/^Training needs \d+ MB at once, and this machine allows a page some 1 MB\./),
  ).toBeVisible();
});

/** Has the training worker's browser tell of so little memory. */
async function sayMemory(app: ThawPage, gibibytes: number): Promise<void> {
  await app.trainingWorker().evaluate((value) => {
    Object.defineProperty(navigator, 'deviceMemory', { value, configurable: true });
  }, gibibytes);
}
