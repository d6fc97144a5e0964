import { readTable } from './pages/read-table';
import { readyToTrain } from './ready-to-train';
import { RunEvents } from './run-events';
import { expect, test } from './story';

test('a plan that a script gave is shown by the controls, trained again, and given up for two phases', async ({
  app,
}, info) => {
  await readyToTrain(app, info, 'wasm');
  const layers = (await app.layers.rows()).filter(({ type }) => type === 'Conv2D').map(({ layer }) => layer);
  await app.page.evaluate(
    (last) =>
      window.thaw.train({
        epochs: 3,
        batchSize: 6,
        phases: [
          { name: 'head' },
          { name: 'last layer', start: { kind: 'epoch', epoch: 1 }, layers: [last] },
          { name: 'all', start: { kind: 'stalled', patience: 1, atLatestEpoch: 2 }, layers: ['*'] },
        ],
      }),
    layers.at(-1)!,
  );

  const phases = app.phases.region.getByRole('table', { name: 'Phases of the script' });
  expect((await readTable(phases)).slice(1)).toEqual([
    ['head', 'epoch 0', 'head'],
    ['last layer', 'epoch 1', layers.at(-1)],
    ['all', 'validation loss stalled for 1 epoch, at the latest epoch 2', '*'],
  ]);
  await expect(app.phases.number('Unfreeze backbone at epoch')).toBeDisabled();
  await expect(app.message(/The backbone stays frozen/)).toBeHidden();

  const events = await RunEvents.listen(app.page);
  await app.training.startButton.click();
  await app.training.completed(60_000);
  const [finished] = await events.of('finished');
  expect(finished?.record.epochs.map(({ phaseName }) => phaseName)).toEqual(['head', 'last layer', 'all']);

  await app.phases.region.getByRole('button', { name: 'Use two phases' }).click();
  await expect(app.phases.behaviour).toBeVisible();
  await app.phases.fill({ 'Unfreeze backbone at epoch': 1 });
  await app.training.startButton.click();
  await expect(app.training.phase).toHaveText(/^unfrozen phase, epoch 2/, { timeout: 60_000 });
});
