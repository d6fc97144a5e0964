import { SMALL } from './pages/thaw-page';
import { RunEvents } from './run-events';
import { expect, test } from './story';

test('class weights: chosen on the page, given by a script, refused where they do not fit', async ({
  app,
}) => {
  await app.open('wasm');
  await app.backbone.choose(SMALL);
  await app.backbone.load();
  await app.data.takeSampleImages();
  await app.phases.fill({ Epochs: 1 });
  await app.phases.region.getByText('Advanced', { exact: true }).click();
  const choice = app.phases.region.getByRole('combobox', { name: 'Class weights', exact: true });
  await expect(choice).toHaveValue('none');

  await choice.selectOption('balanced');
  const events = await RunEvents.listen(app.page);
  await app.training.startButton.click();
  await app.training.completed(60_000);
  expect((await events.of('finished'))[0]?.record.config.classWeights).toBe('balanced');

  const weights = [1, 2, 3, 0.5];
  await app.page.evaluate((classWeights) => window.thaw.train({ epochs: 1, classWeights }), weights);
  await expect(choice.getByRole('option', { selected: true })).toHaveText('Given: 1, 2, 3, 0.5');

  const refused = await app.page.evaluate(() =>
    window.thaw.train({ epochs: 1, classWeights: [1, 2] }).then(
      () => null,
      ({ code, message }) => ({ code, message }),
    ),
  );
  expect(refused).toEqual({
    code: 'invalid-option',
    message:
      '`classWeights` has 2 weights, but there are 4 classes. Give one for each class, in their order.',
  });
});
