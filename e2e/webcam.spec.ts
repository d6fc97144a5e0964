import type { Page } from '@playwright/test';
import { cameraLights, watchCameras } from './material/camera-lights';
import { expectNoViolations } from './no-violations';
import { RecordDialog } from './pages/record-dialog';
import { SMALL } from './pages/thaw-page';
import { expect, test } from './story';

// The browser's own stand-in: two cameras with a moving pattern (playwright.config.ts).
test.use({ permissions: ['camera'] });

test('two classes are recorded, trained on and tried by webcam', async ({ app }) => {
  const { page, data, results } = app;
  const recording = new RecordDialog(page);
  await watchCameras(page);
  await app.open('wasm');
  await app.backbone.choose(SMALL);
  await app.backbone.load();

  const first = await test.step('by pointer, with another camera, without one that is no good', async () => {
    await recording.open();
    await expect(recording.addButton).toBeDisabled();
    const before = await recording.camera.inputValue();
    await recording.camera.selectOption({ index: 1 });
    await expect(recording.holdButton).toBeEnabled();
    expect(await recording.camera.inputValue()).not.toBe(before);
    expect(await cameraLights(page)).toEqual({ given: 2, on: 1 });
    await recording.hold(8);
    const taken = await recording.taken.count();
    await recording.taken.first().getByRole('button').click();
    await expect(recording.taken).toHaveCount(taken - 1);
    return recording.add('cup');
  });
  await expect(data.classHeading('cup', first)).toBeVisible();
  await expect(app.message(/^Note: All pictures are in one class, “cup”/)).toBeVisible();
  expect(await cameraLights(page)).toEqual({ given: 2, on: 0 });
  await expect(recording.openButton).toBeFocused();

  const second = await test.step('by keyboard, and with free hands', async () => {
    await recording.open();
    await recording.holdButton.focus();
    await page.keyboard.down('Space');
    await expect.poll(() => recording.taken.count()).toBeGreaterThanOrEqual(4);
    await page.keyboard.up('Space');
    await recording.settled();
    const held = await recording.taken.count();
    await recording.handsFreeButton.click();
    await expect.poll(() => recording.taken.count()).toBeGreaterThanOrEqual(held + 4);
    await recording.stopButton.click();
    await recording.settled();
    return recording.add('ball');
  });
  const summary = await data.region.getByText(/^2 classes, \d+ training, \d+ validation$/).textContent();
  const [, training, validation] = summary!.match(/\d+/g)!.map(Number);
  expect(training! + validation!).toBe(first + second);

  await test.step('frames are not mirrored, square, and named for their recording', async () => {
    const frame = data.gallery.getByRole('img').last();
    await expect(frame).toHaveAttribute('alt', /^webcam-\d{8}T\d{9}Z-[0-9a-f]{8}-\d{4}\.jpg, /);
    expect(await frame.evaluate(readPattern)).toEqual({ width: 480, height: 480, clockAt: 'left' });
  });

  await app.phases.fill({ Epochs: 1, 'Unfreeze backbone at epoch': 1, 'Batch size': 6 });
  await app.training.startButton.click();
  await app.training.completed(60_000);

  await test.step('the model says what it sees, again and again, until it is stopped', async () => {
    await results.tryWebcamButton.click();
    await expect(results.prediction).toHaveText(/^(cup|ball), \d+ %$/);
    const { decoded } = (await page.evaluate(() => window.thaw.stats())).input!;
    const decodedNow = async () => (await page.evaluate(() => window.thaw.stats())).input!.decoded;
    await expect.poll(decodedNow).toBeGreaterThan(decoded + 3);
    expect(await cameraLights(page)).toEqual({ given: 4, on: 1 });
    await expectNoViolations(page);

    await setVisibility(page, 'hidden');
    await expect.poll(() => cameraLights(page)).toEqual({ given: 4, on: 0 });
    await setVisibility(page, 'visible');
    await expect.poll(() => cameraLights(page)).toEqual({ given: 5, on: 1 });

    await results.stopWebcamButton.click();
    await expect(results.prediction).toBeHidden();
    await expect(results.tryWebcamButton).toBeFocused();
    expect(await cameraLights(page)).toEqual({ given: 5, on: 0 });
  });

  await test.step('a training takes the camera away', async () => {
    await results.tryWebcamButton.click();
    await expect(results.prediction).toBeVisible();
    await app.training.startButton.click();
    await expect(results.prediction).toBeHidden();
    await app.training.completed(60_000);
    expect(await cameraLights(page)).toEqual({ given: 6, on: 0 });
    await expect(results.prediction).toBeHidden();
  });

  await test.step('a camera that cannot be started has a sentence', async () => {
    await page.evaluate(() => {
      const refuse = () => Promise.reject(new DOMException('Could not start', 'NotReadableError'));
      navigator.mediaDevices.getUserMedia = refuse;
    });
    await results.tryWebcamButton.click();
    await expect(results.failure).toHaveText(/The webcam cannot be started; another program may be using it/);
    await expect(results.tryWebcamButton).toBeEnabled();
  });
});

test('the dialog tells when the camera went away, and asks before it drops pictures', async ({ app }) => {
  const { page } = app;
  const recording = new RecordDialog(page);
  await watchCameras(page);
  await app.open('wasm');
  await recording.open();
  await recording.hold(2);
  for (const [colorScheme, width] of [
    ['light', 1280],
    ['dark', 390],
  ] as const) {
    await page.emulateMedia({ colorScheme });
    await page.setViewportSize({ width, height: 900 });
    await test.step(`${colorScheme}, ${width} wide`, () => expectNoViolations(page));
  }

  // As a browser does when the plug is pulled.
  await page.evaluate(() => {
    const [track] = window.givenCameras;
    track!.stop();
    track!.dispatchEvent(new Event('ended'));
  });
  await expect(recording.failure).toHaveText(/^The webcam went away/);
  await expect(recording.holdButton).toBeDisabled();
  await expect(recording.taken).not.toHaveCount(0);
  await recording.dialog.getByRole('button', { name: 'Try again' }).click();
  await expect(recording.holdButton).toBeEnabled();

  await page.keyboard.press('Escape');
  await expect(recording.failure).toHaveText(/^\d+ pictures? (was|were) not added\. Close again/);
  await expect(recording.dialog).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(recording.dialog).toBeHidden();
  expect(await cameraLights(page)).toEqual({ given: 2, on: 0 });
});

test.describe('where the page may not use the camera', () => {
  test.use({ permissions: [] });

  test('the dialog says so, and lets one try again', async ({ app }) => {
    const recording = new RecordDialog(app.page);
    await app.open('wasm');
    await recording.openButton.click();
    await expect(recording.failure).toHaveText(/^This page may not use the webcam\. Allow it/);
    await expect(recording.holdButton).toBeDisabled();
    await expectNoViolations(app.page);

    await app.page.context().grantPermissions(['camera']);
    await recording.dialog.getByRole('button', { name: 'Try again' }).click();
    await expect(recording.holdButton).toBeEnabled();
    await expect(recording.failure).toBeHidden();
  });
});

/** The browser's pattern has a clock in light letters at its top left. */
function readPattern(image: Element) {
  if (!(image instanceof HTMLImageElement)) throw new TypeError('It is no picture.');
  const { naturalWidth: width, naturalHeight: height } = image;
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext('2d')!;
  context.drawImage(image, 0, 0);
  const lightPixels = (left: number) => {
    const { data } = context.getImageData(left, 0, width / 4, height / 8);
    return data.filter((value, index) => index % 4 === 1 && value > 190).length;
  };
  const clockAt = lightPixels(0) > lightPixels((3 * width) / 4) ? 'left' : 'right';
  return { width, height, clockAt };
}

/** A headless page is always in view; this is what it hears when another tab is. */
async function setVisibility(page: Page, state: 'visible' | 'hidden'): Promise<void> {
  await page.evaluate((value) => {
    Object.defineProperty(document, 'visibilityState', { value, configurable: true });
    document.dispatchEvent(new Event('visibilitychange'));
  }, state);
}
