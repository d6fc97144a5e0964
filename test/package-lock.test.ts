import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { missingEntries } from '../scripts/complete-lock.mjs';

const lock = JSON.parse(readFileSync('package-lock.json', 'utf8')) as {
  packages: Record<string, Record<string, unknown>>;
};

test('package-lock.json has the packages of every platform, so that `npm ci` takes it (else: node scripts/complete-lock.mjs)', () => {
  expect(Object.keys(missingEntries(lock))).toEqual([]);
});

test('an entry that an optional dependency asks for is noticed, with its platform', () => {
  const path = 'node_modules/lightningcss-linux-arm64-musl';
  const { [path]: removed, ...packages } = lock.packages;
  expect(missingEntries({ packages })).toEqual({
    [path]: expect.objectContaining({
      version: removed?.version,
      os: removed?.os,
      cpu: removed?.cpu,
      libc: ['musl'],
    }),
  });
});

test('package-lock.json names no registry, so that it installs from whichever one a machine uses', () => {
  expect(Object.values(lock.packages).filter((entry) => 'resolved' in entry)).toEqual([]);
});
