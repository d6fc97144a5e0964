import { setFlagsFromString } from 'node:v8';
import { expect, it } from 'vitest';
import { hasRelaxedSimd } from './features';

it('finds relaxed SIMD where the engine has it', () => {
  setFlagsFromString('--no-experimental-wasm-relaxed-simd');
  expect(hasRelaxedSimd()).toBe(false);
  setFlagsFromString('--experimental-wasm-relaxed-simd');
  expect(hasRelaxedSimd()).toBe(true);
});
