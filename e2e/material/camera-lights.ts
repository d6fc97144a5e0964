import type { Page } from '@playwright/test';

declare global {
  interface Window {
    /** Every camera that the page was given; filled before the page's own scripts run. */
    givenCameras: MediaStreamTrack[];
  }
}

/** Writes down every camera the page is given from now on. To be called before the page is opened. */
export async function watchCameras(page: Page): Promise<void> {
  await page.addInitScript(() => {
    window.givenCameras = [];
    const { mediaDevices } = navigator;
    const ask = mediaDevices.getUserMedia.bind(mediaDevices);
    mediaDevices.getUserMedia = async (constraints) => {
      const stream = await ask(constraints);
      window.givenCameras.push(...stream.getTracks());
      return stream;
    };
  });
}

/** @returns how many cameras have been given, and how many of them are still on. */
export function cameraLights(page: Page): Promise<{ given: number; on: number }> {
  return page.evaluate(() => ({
    given: window.givenCameras.length,
    on: window.givenCameras.filter(({ readyState }) => readyState === 'live').length,
  }));
}
