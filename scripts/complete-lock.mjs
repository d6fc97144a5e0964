// Completes package-lock.json after an `npm install` against a registry mirror that does not hold the
// packages of every platform: npm then leaves their entries out, and `npm ci` refuses the lock everywhere.
// `node scripts/complete-lock.mjs` adds what is missing: the exact version that the parent asks for.
import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ROOT } from './prepare.mjs';

const PLATFORM = /-(android|darwin|freebsd|linux|openharmony|win32)-([a-z0-9]+)(?:-([a-z]+))?$/;

/**
 * @param {{ packages: Record<string, any> }} lock the content of package-lock.json
 * @returns {Record<string, object>} entries that optional dependencies ask for and the lock lacks, by path
 */
export function missingEntries(lock) {
  const paths = Object.keys(lock.packages);
  const missing = {};
  for (const parent of Object.values(lock.packages)) {
    for (const [name, version] of Object.entries(parent.optionalDependencies ?? {})) {
      if (paths.some((path) => path.endsWith(`node_modules/${name}`))) continue;
      missing[`node_modules/${name}`] = entry(name, version, parent);
    }
  }
  return missing;
}

function entry(name, version, parent) {
  const platform = PLATFORM.exec(name);
  if (platform === null || !/^\d+\.\d+\.\d+$/.test(version)) {
    throw new Error(`${name}@${version} is missing from package-lock.json. Add it by hand.`);
  }
  const [, os, cpu, abi] = platform;
  const libc = os === 'linux' ? { libc: [abi?.startsWith('musl') ? 'musl' : 'glibc'] } : {};
  const dev = parent.dev ? { dev: true } : {};
  return { version, cpu: [cpu], ...dev, ...libc, license: parent.license, optional: true, os: [os] };
}

if (process.argv[1] !== undefined && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const path = join(ROOT, 'package-lock.json');
  const lock = JSON.parse(readFileSync(path, 'utf8'));
  const missing = missingEntries(lock);
  const sorted = Object.entries({ ...lock.packages, ...missing }).sort(([a], [b]) =>
    a.localeCompare(b, 'en'),
  );
  writeFileSync(path, `${JSON.stringify({ ...lock, packages: Object.fromEntries(sorted) }, null, 2)}\n`);
  console.log(`${Object.keys(missing).length} entries added.`);
}
