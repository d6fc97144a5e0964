import { defineConfig } from '@playwright/test';
import { findBrowser } from './scripts/find-browser.mjs';

// `npm test` has looked already and says so in the environment; Playwright's workers read this file again.
const known: ReturnType<typeof findBrowser> = JSON.parse(process.env.THAW_FOUND_BROWSER ?? 'null');
const found = known ?? findBrowser();
if (found === null) throw new Error('No Chromium was found. `npm test` installs one.');
process.env.THAW_FOUND_BROWSER = JSON.stringify(found);

const port = Number(process.env.THAW_TEST_PORT ?? 4183);
const url = `http://127.0.0.1:${port}/`;

export default defineConfig({
  testDir: 'e2e',
  outputDir: 'test-results',
  // One at a time: stories train for real, and two trainings on one small machine run into their time limits.
  workers: 1,
  retries: 0,
  forbidOnly: Boolean(process.env.CI),
  timeout: 180_000,
  globalTimeout: 13 * 60_000,
  expect: { timeout: 30_000 },
  reporter: [['list']],
  use: { baseURL: url, trace: 'retain-on-failure' },
  projects: [
    {
      name: 'chromium',
      use: {
        viewport: { width: 1280, height: 900 },
        launchOptions: {
          executablePath: found.path,
          chromiumSandbox: found.sandbox === 'on',
          // WebGPU on the software adapter, so that the tests train on it without a graphics processor.
          args: [
            '--enable-unsafe-webgpu',
            '--use-webgpu-adapter=swiftshader',
            // Two cameras with a moving pattern; a test that may use them says so in its permissions.
            '--use-fake-device-for-media-stream=device-count=2',
            '--disable-background-networking',
            '--disable-component-update',
            '--disable-sync',
          ],
        },
      },
    },
  ],
  webServer: {
    command: `node scripts/serve.mjs --port ${port}`,
    url,
    reuseExistingServer: false,
    timeout: 30_000,
  },
});
