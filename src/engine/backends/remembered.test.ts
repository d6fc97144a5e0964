import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { recall, remember } from './remembered';
import { rememberChoice, rememberedChoice } from './remembered-choice';
import { rememberedTuning } from './remembered-tuning';

/** As much of the browser's cache storage as is used. */
function fakeCaches() {
  const stores = new Map<string, Map<string, Response>>();
  return {
    open: async (name: string) => {
      const store = stores.get(name) ?? new Map<string, Response>();
      stores.set(name, store);
      return {
        match: async (address: string) => store.get(address)?.clone(),
        put: async (address: string, response: Response) => void store.set(address, response),
        keys: async () => [...store.keys()],
        delete: async (address: string) => store.delete(address),
      };
    },
  };
}

beforeEach(() => vi.stubGlobal('caches', fakeCaches()));
afterEach(() => vi.unstubAllGlobals());

it('keeps the kernels of every adapter, each for itself', async () => {
  const one = { adapter: 'one / 2', products: { 'forward 64x8x8': 'workgroup64' } } as const;
  const other = { adapter: 'other', products: { 'forward 64x8x8': 'registers4x2' } } as const;
  await rememberedTuning.keep(one);
  await rememberedTuning.keep(other);
  expect(await rememberedTuning.recall('one / 2')).toEqual(one);
  expect(await rememberedTuning.recall('other')).toEqual(other);
  expect(await rememberedTuning.recall('a third')).toBeNull();
});

it('keeps the choice of a backend for one machine alone', async () => {
  const choice = { backend: 'webgpu', probes: [] } as const;
  await rememberChoice('one', { ...choice, backend: 'wasm' });
  await rememberChoice('other', choice);
  expect(await rememberedChoice('other')).toEqual(choice);
  expect(await rememberedChoice('one')).toBeNull();
});

it.each([
  ['no record', 'webgpu'],
  ['no probes', { backend: 'webgpu' }],
  ['probes that are no list', { backend: 'webgpu', probes: {} }],
  ['a probe without its time', { backend: 'webgpu', probes: [{ backend: 'webgpu' }] }],
  ['no backend of that name', { backend: 'abacus', probes: [] }],
  ['no backend of that name for heads', { backend: 'wasm', headBackend: 'abacus', probes: [] }],
])('forgets a choice that was changed: %s', async (_what, changed) => {
  await remember('thaw-backend-choice', 'one', changed, 'forgotten');
  expect(await rememberedChoice('one')).toBeNull();
});

it('does without where there is no such storage', async () => {
  vi.stubGlobal('caches', undefined);
  await remember('store', 'key', 1, 'kept');
  expect(await recall('store', 'key')).toBeNull();
});
