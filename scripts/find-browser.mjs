// Finds a Chromium that starts on this machine: the one that was named, an installed one, Playwright's own.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { run, runNpm } from './prepare.mjs';

const START_TIMEOUT_MS = 60_000;
const IS_ROOT = process.getuid?.() === 0;

const COMMANDS_ON_LINUX = [
  'google-chrome-stable',
  'google-chrome',
  'chromium',
  'chromium-browser',
  'microsoft-edge-stable',
  'microsoft-edge',
];
const APPLICATIONS_ON_MAC = [
  'Google Chrome.app/Contents/MacOS/Google Chrome',
  'Chromium.app/Contents/MacOS/Chromium',
  'Microsoft Edge.app/Contents/MacOS/Microsoft Edge',
];
const PROGRAMS_ON_WINDOWS = [
  'Google\\Chrome\\Application\\chrome.exe',
  'Microsoft\\Edge\\Application\\msedge.exe',
];

/**
 * @typedef {{ path: string, how: string, sandbox: 'on' | 'off' }} Browser
 *   `how` tells people where it was found
 */

/**
 * Looks for a browser that starts; installs nothing.
 * @returns {Browser | null}
 * @throws {Error} where the environment names a browser that does not start
 */
export function findBrowser() {
  for (const variable of ['THAW_BROWSER', 'CHROME_PATH']) {
    const path = process.env[variable];
    if (!path) continue;
    const browser = tryBrowser(path, `named by ${variable}`);
    if (browser === null)
      throw new Error(`${variable} names ${path}, which does not start. Correct or unset it.`);
    return browser;
  }
  for (const path of installedBrowsers()) {
    const browser = tryBrowser(path, 'installed on this machine');
    if (browser !== null) return browser;
  }
  return tryBrowser(playwrightBrowser(), "Playwright's own");
}

/** Finds a browser or installs one. @returns {Promise<Browser>} */
export async function findOrInstallBrowser() {
  const found = findBrowser();
  if (found !== null) return found;

  console.log("No Chromium was found on this machine; installing Playwright's.");
  await runNpm(['exec', '--no', '--', 'playwright', 'install', 'chromium']);
  let browser = tryBrowser(playwrightBrowser(), "Playwright's own, just installed");
  if (browser !== null) return browser;

  if (IS_ROOT && existsSync('/etc/debian_version')) {
    if (existsSync(playwrightBrowser())) {
      console.log("Playwright's Chromium lacks system libraries; installing them.");
      await runNpm(['exec', '--no', '--', 'playwright', 'install-deps', 'chromium']);
      browser = tryBrowser(playwrightBrowser(), "Playwright's own, just installed");
      if (browser !== null) return browser;
    }
    console.log("Playwright's Chromium could not be used; installing the distribution's with apt-get.");
    const env = { DEBIAN_FRONTEND: 'noninteractive' };
    await run('apt-get', ['update'], { env });
    await run('apt-get', ['install', '-y', '--no-install-recommends', 'chromium'], { env });
    browser = tryBrowser('/usr/bin/chromium', 'just installed with apt-get');
    if (browser !== null) return browser;
  }
  throw new Error(
    'No Chromium could be found or installed. Install Chrome or Chromium, or name one: THAW_BROWSER=/path/to/chrome npm test',
  );
}

function installedBrowsers() {
  if (process.platform === 'darwin') {
    const folders = ['/Applications', join(process.env.HOME ?? '', 'Applications')];
    return folders.flatMap((folder) => APPLICATIONS_ON_MAC.map((name) => join(folder, name)));
  }
  if (process.platform === 'win32') {
    const folders = ['PROGRAMFILES', 'PROGRAMFILES(X86)', 'LOCALAPPDATA'].map((name) => process.env[name]);
    return folders.filter(Boolean).flatMap((folder) => PROGRAMS_ON_WINDOWS.map((name) => join(folder, name)));
  }
  const folders = (process.env.PATH ?? '').split(delimiter).filter(Boolean);
  return COMMANDS_ON_LINUX.flatMap((name) => folders.map((folder) => join(folder, name)));
}

function playwrightBrowser() {
  // Required here and not imported above: this file is also read before anything is installed.
  const { chromium } = createRequire(import.meta.url)('@playwright/test');
  return chromium.executablePath();
}

/** @returns {Browser | null} null where nothing is at the path or it cannot show an empty page */
function tryBrowser(path, how) {
  if (!existsSync(path)) return null;
  // As root Chromium has no sandbox; some machines forbid user namespaces, which it needs as well.
  if (!IS_ROOT && opensPage(path, [])) return { path, how, sandbox: 'on' };
  return opensPage(path, ['--no-sandbox']) ? { path, how, sandbox: 'off' } : null;
}

function opensPage(path, flags) {
  const profile = mkdtempSync(join(tmpdir(), 'thaw-browser-'));
  const page = 'data:text/html,<title>thaw-starts</title>';
  const quiet = ['--headless=new', '--disable-gpu', '--no-first-run', '--disable-background-networking'];
  const result = spawnSync(path, [...quiet, ...flags, `--user-data-dir=${profile}`, '--dump-dom', page], {
    encoding: 'utf8',
    timeout: START_TIMEOUT_MS,
    killSignal: 'SIGKILL',
  });
  rmSync(profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  return (result.stdout ?? '').includes('thaw-starts');
}
