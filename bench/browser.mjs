// The browser of the benchmark: the one the tests use, with the same flags.
import { fileURLToPath } from 'node:url';
import { chromium } from '@playwright/test';
import { build } from 'vite';
import { findBrowser } from '../scripts/find-browser.mjs';
import { serve } from '../scripts/serve.mjs';

/** @param {'software' | 'own'} adapter */
export async function launchBrowser(adapter) {
  const found = findBrowser();
  if (found === null) throw new Error('No Chromium was found. Install one, or name it: THAW_BROWSER=/path');
  return chromium.launch({
    executablePath: found.path,
    chromiumSandbox: found.sandbox === 'on',
    args: [
      '--enable-unsafe-webgpu',
      ...(adapter === 'software' ? ['--use-webgpu-adapter=swiftshader'] : []),
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}

/** Builds and opens the benchmark's page. @returns the page and what ends its server */
export async function openBenchPage(browser) {
  await build({ configFile: fileURLToPath(new URL('./vite.config.ts', import.meta.url)) });
  const server = await serve({
    root: fileURLToPath(new URL('../build/bench', import.meta.url)),
    port: 4190,
    nextFreePort: true,
  });
  const page = await browser.newPage();
  page.on('crash', () => console.error('The page of the benchmark crashed.'));
  await page.goto(server.url);
  await page.waitForFunction(() => 'bench' in window);
  return { page, close: server.close };
}
