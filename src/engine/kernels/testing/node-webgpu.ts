import { describe, it } from 'vitest';
import { create, globals } from 'webgpu';

/** Dawn does not survive its GPU object being collected while a device of it lives. */
let held: GPU | null = null;

/**
 * WebGPU in Node (Dawn), on whatever Vulkan driver the environment names: `npm test` names the software one of
 * the browser it found. Null where there is none.
 */
export async function nodeGpu(): Promise<GPU | null> {
  Object.assign(globalThis, globals);
  try {
    held ??= create(['enable-dawn-features=allow_unsafe_apis']);
    return (await held.requestAdapter()) ? held : null;
  } catch {
    return null;
  }
}

/** Runs the tests where there is an adapter, and else says, as a skipped test, that there was none. */
export async function describeOnWebGpu(
  title: string,
  tests: (gpu: GPU) => void | Promise<void>,
): Promise<void> {
  const gpu = await nodeGpu();
  if (gpu) {
    await tests(gpu);
    return;
  }
  describe(title, () => {
    it.skip(
      'NOT RUN: no WebGPU adapter. Start with `npm test`, which finds the software one of the browser.',
    );
  });
}
