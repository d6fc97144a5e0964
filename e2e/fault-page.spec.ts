import type { Page } from '@playwright/test';
import { keptCount, keptParts } from './kept-project';
import { expectNoViolations } from './no-violations';
import { ThawPage } from './pages/thaw-page';
import { readyToTrain } from './ready-to-train';
import { expect, test } from './story';

test('a page that cannot be drawn says why; it can be loaded again, or begun anew', async ({
  page,
  baseURL,
}, info) => {
  // Not the story's own, which has no error behind the page.
  const app = new ThawPage(page, new URL(baseURL!).origin);
  const { data, phases } = app;
  const fault = page.getByRole('alert');
  await readyToTrain(app, info, 'wasm');
  await expect.poll(() => keptCount(page)).toBe(16);

  await refuseNumbers(page);
  await phases.fill({ Epochs: 3 });
  await expect(fault).toContainText('This page cannot be shown');
  await expect(fault).toContainText('No numbers today.');
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    await expectNoViolations(page);
  }
  await page.getByRole('button', { name: 'Reload' }).click();
  await expect(data.gallery.getByRole('img')).toHaveCount(16);

  await refuseNumbers(page);
  await phases.fill({ Epochs: 4 });
  await page.getByRole('button', { name: 'Begin anew' }).click();
  await expect(data.region.getByText('none', { exact: true })).toBeVisible();
  await expect(fault).toHaveCount(0);
  expect(await keptParts(page)).toEqual({});
});

/** What draws numbers fails, as it might for a number that cannot be. */
async function refuseNumbers(page: Page): Promise<void> {
  await page.evaluate(() => {
    const refuse = () => {
      throw new RangeError('No numbers today.');
    };
    Intl.NumberFormat.prototype.format = refuse;
    Number.prototype.toLocaleString = refuse;
  });
}
