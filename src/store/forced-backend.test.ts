import { expect, it } from 'vitest';
import type { ThawError } from '../core/errors';
import { readForcedEngine } from './forced-backend';

function read(search: string) {
  const errors: ThawError[] = [];
  return { ...readForcedEngine(search, (error) => errors.push(error)), errors };
}

it('reads from the address what the engine has to be', () => {
  const nothing = { backend: null, executor: null, head: null, errors: [] };
  expect(read('?backend=webgpu&x=1')).toEqual({ ...nothing, backend: 'webgpu' });
  expect(read('?backend=wasm&executor=tfjs')).toEqual({ ...nothing, backend: 'wasm', executor: 'tfjs' });
  expect(read('?backend=webgpu&head=wasm')).toEqual({ ...nothing, backend: 'webgpu', head: 'wasm' });
  expect(read('')).toEqual(nothing);
  expect(read('?backend=&head=')).toEqual(nothing);
});

it('tells of what there is not, naming what there is, and reads the rest', () => {
  const { errors, ...forced } = read('?backend=cuda&executor=onnx&head=wasm');
  expect(forced).toEqual({ backend: null, executor: null, head: 'wasm' });
  expect(errors.map(({ code, message }) => [code, message])).toEqual([
    ['invalid-option', expect.stringMatching(/“cuda”.*webgpu/)],
    ['invalid-option', expect.stringMatching(/“onnx”.*tfjs/)],
  ]);
});
