import { expect, test } from './story';

test('with only a software adapter the page says so and chooses by measurement', async ({ app }) => {
  const { backend } = await app.open();
  expect(backend).not.toBe('webgpu');
  await expect(
    app.message(/^Warning: WebGPU has only a software adapter here \(.*\)\. Thaw works with/),
  ).toBeVisible();
  await expect(app.page.getByRole('status', { name: 'Machine' })).toHaveText(new RegExp(`^${backend} `));
  await app.page.getByText('Why?', { exact: true }).click();
  const measured = app.page.getByRole('table', { name: 'Backends measured' });
  await expect(measured.getByRole('row', { name: new RegExp(`^${backend} [\\d.]+ ms `) })).toBeVisible();
});

test('an address that asks for an unknown backend gets a sentence and another backend', async ({ app }) => {
  await app.page.goto('/?backend=abacus');
  await expect(app.message(/asks for the backend “abacus”, which Thaw does not have/)).toBeVisible();
  const { backend } = await app.page.evaluate(() => window.thaw.ready);
  expect(['webgpu', 'webgl', 'wasm', 'cpu']).toContain(backend);
});
