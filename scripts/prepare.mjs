// What both commands need first: a Node that is new enough and the packages of package-lock.json.
// Nothing here may import a package: node_modules may be missing.
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The repository's folder. */
export const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** Ends the process with a sentence where Node is older than package.json's `engines` says. */
export function checkNode() {
  const problem = nodeProblem(process.versions.node, readJson('package.json').engines.node);
  if (problem === null) return;
  console.error(problem);
  process.exit(1);
}

/**
 * @param {string} version the Node that runs, for example 20.19.0
 * @param {string} range what package.json asks for, for example >=20.19
 * @returns {string | null} what to do, or null where the version will do
 */
export function nodeProblem(version, range) {
  const wanted = range.replace(/^>=/, '');
  const [wantedMajor, wantedMinor] = wanted.split('.').map(Number);
  const [major, minor] = version.split('.').map(Number);
  if (major > wantedMajor || (major === wantedMajor && minor >= wantedMinor)) return null;
  return `Thaw needs Node ${wanted} or newer, and this is Node ${version}. Install a newer one and try again.`;
}

/** Runs `npm ci` where node_modules is missing or not what package-lock.json says. */
export async function installMissing() {
  const installedLock = join('node_modules', '.package-lock.json');
  const installed = existsSync(join(ROOT, installedLock)) ? readJson(installedLock) : null;
  const reason = whyInstall(readJson('package-lock.json'), installed);
  if (reason === null) return;
  console.log(`Installing packages: ${reason}.`);
  const code = await runNpm(['ci', '--no-audit', '--no-fund']);
  if (code !== 0) {
    console.error('npm ci failed (see above). Check the network connection and try again.');
    process.exit(1);
  }
}

/**
 * @typedef {{ packages: Record<string, { version?: string, optional?: boolean }> }} Lock
 * @param {Lock} lock package-lock.json
 * @param {Lock | null} installed what npm wrote into node_modules, null where there is nothing
 * @returns {string | null} why packages have to be installed, null where all are there
 */
export function whyInstall(lock, installed) {
  if (installed === null) return 'node_modules is missing or incomplete';
  for (const [path, entry] of Object.entries(lock.packages)) {
    // Optional packages are those of other platforms; the entry '' is the project itself.
    if (path === '' || (entry.optional && installed.packages[path] === undefined)) continue;
    if (installed.packages[path]?.version !== entry.version) return 'package-lock.json has changed';
  }
  return null;
}

/**
 * Runs npm with the terminal's output and no input.
 * @param {string[]} args
 * @param {{ env?: Record<string, string> }} options additions to the environment
 * @returns {Promise<number>} its exit code
 */
export function runNpm(args, options = {}) {
  // npm names itself to its scripts; started by plain `node`, it has to be on the path (a .cmd on Windows).
  const self = process.env.npm_execpath;
  return self?.endsWith('.js')
    ? run(process.execPath, [self, ...args], options)
    : run('npm', args, { ...options, shell: process.platform === 'win32' });
}

/** @returns {Promise<number>} the exit code of a command */
export function run(command, args, { env = {}, shell = false } = {}) {
  return new Promise((done) => {
    const child = spawn(command, args, {
      cwd: ROOT,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'inherit', 'inherit'],
      shell,
    });
    child.on('error', (error) => {
      console.error(`${command} could not be started: ${error.message}`);
      done(1);
    });
    child.on('exit', (code) => done(code ?? 1));
  });
}

function readJson(path) {
  return JSON.parse(readFileSync(join(ROOT, path), 'utf8'));
}
