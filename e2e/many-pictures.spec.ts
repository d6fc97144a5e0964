import type { Browser, Page } from '@playwright/test';
import { arePicturesKept } from './kept-project';
import { picture } from './material/pictures';
import { SMALL } from './pages/thaw-page';
import { RunEvents } from './run-events';
import { expect, test } from './story';
import { taskTimesMs } from './ui-thread';

declare global {
  interface Window {
    made: File[];
  }
}

const MEGABYTE = 2 ** 20;
const SIDE = 32;
const LONGEST_MS = 50;

// Playwright's own trace takes pictures of the page on the thread that is measured.
test.use({ trace: 'off' });

test('5,000 pictures train with bounded memory', async ({ app, browser }, info) => {
  await app.open('wasm', { pixelMemory: 10 });
  await loadSmall(app.page);

  await makeColours(app.page, 5000);
  const addingMs = await longestTaskMs(browser, app.page, async () => {
    await addColours(app.page);
    await app.data.ready(2, 3750, 1250).waitFor();
    await expect.poll(() => arePicturesKept(app.page)).toBe(true);
  });
  await expect(app.data.classHeading('red', 2500)).toBeVisible();
  await app.data.region.getByRole('button', { name: 'Show 120 more of red' }).click();
  await expect(app.data.gallery.getByRole('img', { name: /^\d+\.png/ })).toHaveCount(60 + 180);
  const added = await input(app.page);
  expect(added.budgetBytes).toBe(10 * MEGABYTE);
  expect(added.decoded).toBe(5000);
  // All of them would take 14.6 MB.
  expect(added.keptBytes).toBeGreaterThan(9.9 * MEGABYTE);

  const events = await RunEvents.listen(app.page);
  const trainingMs = await longestTaskMs(browser, app.page, () =>
    app.page.evaluate(() =>
      window.thaw.train({
        epochs: 3,
        unfreezeBackboneAtEpoch: 2,
        trainBnFrozenPhase: false,
        batchSize: 50,
        learningRate: 0.01,
      }),
    ),
  );
  const after = await input(app.page);
  expect(after.mostKeptBytes).toBeLessThanOrEqual(10 * MEGABYTE);
  // The frozen epochs decode what has no room once, the unfrozen one once more.
  const kept = after.keptBytes / (SIDE * SIDE * 3);
  expect(after.decoded).toBeLessThanOrEqual(5000 + 2 * (5000 - kept));
  const [, , last] = (await events.of('epochEnded')).map(({ record }) => record);
  expect(last?.valAccuracy).toBeGreaterThan(0.9);

  const longest = `adding ${addingMs.toFixed(0)} ms, training ${trainingMs.toFixed(0)} ms`;
  info.annotations.push({ type: 'longest task', description: longest });
  expect(Math.max(addingMs, trainingMs)).toBeLessThanOrEqual(LONGEST_MS);
});

test('the page shows how long training waits for pictures', async ({ app }) => {
  // Large photographs for small steps, and nothing decoded is kept.
  await app.open('wasm', { pixelMemory: 0 });
  await loadSmall(app.page);
  await app.page.evaluate(async () => {
    const canvas = new OffscreenCanvas(2400, 2400);
    const context = canvas.getContext('2d')!;
    const paint = async (className: string, number: number) => {
      context.fillStyle = className;
      context.fillRect(0, 0, 2400, 2400);
      for (let i = 0; i < 2400; i += 5) context.clearRect(i, (i * number * 7) % 2400, 3, 900);
      const blob = await canvas.convertToBlob({ type: 'image/jpeg' });
      return new File([blob], `${className}/${number}.jpg`, { type: 'image/jpeg' });
    };
    const files: File[] = [];
    for (const className of ['red', 'blue']) {
      for (let number = 0; number < 8; number++) files.push(await paint(className, number));
    }
    await window.thaw.setData({ kind: 'files', files });
  });
  const events = await RunEvents.listen(app.page);
  await app.page.evaluate(() => window.thaw.train({ epochs: 1, unfreezeBackboneAtEpoch: 0, batchSize: 4 }));
  const steps = await events.of('step');
  expect(steps).toHaveLength(3);
  const sum = (times: readonly number[]) => times.reduce((total, ms) => total + ms, 0);
  const share = sum(steps.map(({ waitMs = 0 }) => waitMs)) / sum(steps.map(({ stepMs }) => stepMs));
  expect(share).toBeGreaterThan(0.1);
  expect(share).toBeLessThan(1);
  await expect(app.training.readout('Waiting for pictures')).toHaveText(`${Math.round(share * 100)} %`);
});

test('augmented training: seeded, kept in variants, or fresh, and the page says which', async ({ app }) => {
  await app.open('wasm');
  await loadSmall(app.page);
  await makeColours(app.page, 16);
  await addColours(app.page);
  await app.data.ready(2, 12, 4).waitFor();
  await app.phases.fill({ 'Batch size': 6 });
  const train = (augmentationVariants: number | null) =>
    app.page.evaluate(async (augmentationVariants) => {
      const { steps } = await window.thaw.train({
        epochs: 4,
        unfreezeBackboneAtEpoch: 4,
        trainBnFrozenPhase: false,
        batchSize: 6,
        augmentation: 'flip-crop',
        augmentationVariants,
      });
      return steps.map(({ loss }) => loss);
    }, augmentationVariants);

  const variants = await train(2);
  expect(await train(2)).toEqual(variants);
  expect(await train(null)).not.toEqual(variants);

  await app.phases.region.getByText('Advanced', { exact: true }).click();
  const augmentation = app.phases.region.getByRole('combobox', { name: 'Augmentation' });
  const cached = app.phases.region.getByRole('spinbutton', { name: 'Cached variants' });
  // What the script asked for.
  await expect(augmentation).toHaveValue('flip-crop');
  await expect(cached).toHaveValue('');
  const costs = app.phases.region.getByRole('table', { name: 'Cost of phases' });
  await expect(costs).toContainText('validation pictures only');
  await cached.fill('2');
  await expect(costs).toContainText('2 variants of each training picture');
  await augmentation.selectOption('none');
  await expect(cached).toBeHidden();
  await expect(costs).not.toContainText('variants');
});

/** At a size that the page does not propose: thousands of pictures in seconds. */
function loadSmall(page: Page) {
  const part = { backboneEnd: SMALL.end, pictureSize: SIDE };
  return page.evaluate(
    (part) => window.thaw.loadBackbone({ kind: 'bundled', id: 'efficientnet-lite0', ...part }),
    part,
  );
}

async function longestTaskMs(browser: Browser, page: Page, work: () => Promise<unknown>): Promise<number> {
  return Math.max(...(await taskTimesMs(browser, page, work)));
}

function input(page: Page) {
  return page.evaluate(async () => {
    const { input } = await window.thaw.stats();
    if (input === null) throw new Error('No pictures were decoded.');
    return input;
  });
}

/** Makes as many red and blue pictures, half of each, as files of a script. */
function makeColours(page: Page, count: number): Promise<void> {
  const material = (['red', 'blue'] as const).map((name) => ({
    name,
    pictures: Array.from({ length: 8 }, (_, number) => picture(name, number).toString('base64')),
  }));
  return page.evaluate(
    ({ material, count }) => {
      window.made = material.flatMap(({ name, pictures }) => {
        const bytes = pictures.map((text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0)));
        return Array.from({ length: count / material.length }, (_, number) => {
          const path = `${name}/${String(number).padStart(5, '0')}.png`;
          return new File([bytes[number % bytes.length]!], path, { type: 'image/png' });
        });
      });
    },
    { material, count },
  );
}

function addColours(page: Page): Promise<void> {
  return page.evaluate(() => window.thaw.setData({ kind: 'files', files: window.made }));
}
