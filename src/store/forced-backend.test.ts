import { expect, it } from 'vitest';
import { readForcedBackend } from './forced-backend';

it('reads the backend from the address', () => {
  expect(readForcedBackend('?backend=webgpu&x=1')).toBe('webgpu');
  expect(readForcedBackend('')).toBeNull();
  expect(readForcedBackend('?backend=')).toBeNull();
});

it('refuses a backend that there is not, naming those there are', () => {
  expect(() => readForcedBackend('?backend=cuda')).toThrowError(
    expect.objectContaining({ code: 'invalid-option', message: expect.stringContaining('webgpu') }),
  );
});
