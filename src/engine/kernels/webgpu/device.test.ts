import { expect, it } from 'vitest';
import { isSoftwareName } from './device';

it.each([
  'Google SwiftShader Device (Subzero)',
  'Mesa llvmpipe (LLVM 19.1.7, 256 bits)',
  'Gallium 0.4 on softpipe',
  'Microsoft Basic Render Driver',
  'Direct3D11 WARP',
  'Apple Software Renderer',
  'pthread CPU',
])('knows %s as a program on the processor', (name) => {
  expect(isSoftwareName(name)).toBe(true);
});

it.each(['apple metal-3', 'nvidia ada-lovelace', 'intel gen-12lp', 'Warpdrive 7'])(
  'takes %s for a graphics processor',
  (name) => {
    expect(isSoftwareName(name)).toBe(false);
  },
);
