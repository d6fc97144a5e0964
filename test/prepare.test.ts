import { expect, test } from 'vitest';
import { nodeProblem, whyInstall } from '../scripts/prepare.mjs';

test.each(['20.19.0', '20.20.2', '22.0.0', '100.1.0'])('Node %s will do', (version) => {
  expect(nodeProblem(version, '>=20.19')).toBeNull();
});

test.each(['20.18.9', '18.20.0', '9.99.0'])('Node %s is too old, and a sentence says so', (version) => {
  expect(nodeProblem(version, '>=20.19')).toContain(`this is Node ${version}`);
});

const lock = {
  packages: {
    '': { version: '1.0.0' },
    'node_modules/react': { version: '19.3.1' },
    'node_modules/binding-darwin-arm64': { version: '1.0.0', optional: true },
  },
};

test('a fresh clone has everything to install', () => {
  expect(whyInstall(lock, null)).toBe('node_modules is missing or incomplete');
});

test('nothing is installed where all is there but what other platforms need', () => {
  expect(whyInstall(lock, { packages: { 'node_modules/react': { version: '19.3.1' } } })).toBeNull();
});

test('a new or another version in package-lock.json is installed', () => {
  const reason = 'package-lock.json has changed';
  expect(whyInstall(lock, { packages: {} })).toBe(reason);
  expect(whyInstall(lock, { packages: { 'node_modules/react': { version: '19.3.0' } } })).toBe(reason);
  const binding = { 'node_modules/binding-darwin-arm64': { version: '0.9.0' } };
  expect(whyInstall(lock, { packages: { 'node_modules/react': { version: '19.3.1' }, ...binding } })).toBe(
    reason,
  );
});
