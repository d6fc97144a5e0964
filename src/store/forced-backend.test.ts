import { expect, it } from 'vitest';
import { readForcedBackend, readForcedExecutor } from './forced-backend';

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

it('reads the executor from the address', () => {
  expect(readForcedExecutor('?backend=wasm&executor=tfjs')).toBe('tfjs');
  expect(readForcedExecutor('?backend=wasm')).toBeNull();
  expect(() => readForcedExecutor('?executor=onnx')).toThrowError(
    expect.objectContaining({ code: 'invalid-option', message: expect.stringContaining('tfjs') }),
  );
});
