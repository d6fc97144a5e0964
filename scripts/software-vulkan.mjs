// WebGPU in Node without a graphics card: Chrome and Chromium ship a Vulkan driver in software (SwiftShader).
import { closeSync, existsSync, openSync, readSync, realpathSync } from 'node:fs';
import { basename, delimiter, dirname, join } from 'node:path';

const DRIVER = 'vk_swiftshader_icd.json';
/** What Dawn loads the driver through, if the machine has none of its own. */
const LOADER = 'libvulkan.so.1';
const FOLDER_IN_MAC_APP = join('..', 'Frameworks');

/**
 * @param {string} browserPath executable of a Chromium, or the script that starts it
 * @returns {Record<string, string> | null} what to add to the environment of a Node process; null where the
 *   browser ships no driver: tests that need WebGPU are then skipped, and say so
 */
export function softwareVulkanEnv(browserPath) {
  const folder = foldersOf(browserPath).find((candidate) => existsSync(join(candidate, DRIVER)));
  if (folder === undefined) return null;
  const env = { VK_ICD_FILENAMES: join(folder, DRIVER), VK_DRIVER_FILES: join(folder, DRIVER) };
  if (process.platform === 'linux' && existsSync(join(folder, LOADER))) {
    const before = process.env.LD_LIBRARY_PATH;
    env.LD_LIBRARY_PATH = before ? `${folder}${delimiter}${before}` : folder;
  }
  return env;
}

/** Where the browser's files may be: links resolved, and beside the scripts by which distributions start it. */
function foldersOf(browserPath) {
  const path = realpathSync(browserPath);
  const folder = dirname(path);
  const name = basename(browserPath).replace(/-stable$/, '');
  const libraries = ['lib', 'lib64', 'libexec', 'share'].map((kind) => join(folder, '..', kind, name));
  return [folder, join(folder, FOLDER_IN_MAC_APP), ...libraries, ...foldersInScript(path)];
}

/** Folders of the absolute paths that a shell script names; none where the file is a program. */
function foldersInScript(path) {
  const file = openSync(path, 'r');
  const start = Buffer.alloc(2 ** 14);
  const length = readSync(file, start);
  closeSync(file);
  const text = start.toString('utf8', 0, length);
  if (!text.startsWith('#!')) return [];
  return (text.match(/\/(?:usr|opt|snap)\/[\w./-]+/g) ?? []).flatMap((named) => [named, dirname(named)]);
}
