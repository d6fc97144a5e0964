// `npm run kernels`: compiles the SIMD kernels (AssemblyScript, src/engine/kernels/**/*.as.ts) to build/kernels:
// simd.wasm for one thread and simd-threads.wasm for shared memory, and both with relaxed SIMD (fused
// multiply-add) for browsers that have it. Compiles nothing where all are newer than their sources.
import { mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import asc from 'assemblyscript/asc';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const SOURCES = join(ROOT, 'src', 'engine', 'kernels');
const TARGET = join(ROOT, 'build', 'kernels');
const ENTRY = 'src/engine/kernels/simd/module.as.ts';

/** Shared memory must say how far it may grow: 65,536 pages of 64 KiB. */
const PAGES = 65_536;
const SHARED = ['--sharedMemory', '--initialMemory', '1', '--maximumMemory', String(PAGES)];
const THREADS = ['--enable', 'threads', ...SHARED];
const RELAXED = ['--enable', 'relaxed-simd'];
const BUILDS = [
  { name: 'simd.wasm', flags: [] },
  { name: 'simd-threads.wasm', flags: THREADS },
  { name: 'relaxed-simd.wasm', flags: RELAXED },
  { name: 'relaxed-simd-threads.wasm', flags: [...RELAXED, ...THREADS] },
];

// The compiler resolves names against the folder it runs in.
process.chdir(ROOT);
mkdirSync(TARGET, { recursive: true });
const isForced = process.argv.includes('--force');
const newest = Math.max(
  changedMs(fileURLToPath(import.meta.url)),
  ...readdirSync(SOURCES, { recursive: true })
    .filter((name) => name.endsWith('.as.ts'))
    .map((name) => changedMs(join(SOURCES, name))),
);

for (const { name, flags } of BUILDS) {
  const file = join(TARGET, name);
  if (!isForced && changedMs(file) > newest) continue;
  await compile(name, flags);
  const bytes = readFileSync(file);
  console.log(`build/kernels/${name}: ${bytes.length} bytes, ${gzipSync(bytes).length} gzipped`);
}

async function compile(name, flags) {
  const { error, stderr } = await asc.main([
    ENTRY,
    ...['--outFile', `build/kernels/${name}`],
    ...['-O3', '--noAssert', '--runtime', 'stub', '--importMemory', '--enable', 'simd'],
    // Kernels pass vectors to each other, none to JavaScript.
    ...['--disableWarning', '112'],
    ...flags,
  ]);
  if (error) {
    console.error(stderr.toString());
    console.error(`The kernels could not be compiled: ${error.message}`);
    process.exit(1);
  }
}

function changedMs(file) {
  return statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}
