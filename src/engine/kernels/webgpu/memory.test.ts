import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { KERNEL_CASES } from '../testing/kernel-cases';
import { describeOnWebGpu } from '../testing/node-webgpu';
import { NO_PARAMETERS, planOf } from '../testing/run-case';
import { requestWebGpuDevice } from './device';
import { createWebGpuBackend } from './webgpu-backend';

await describeOnWebGpu('what did not fit into memory', async (gpu) => {
  const { device } = await requestWebGpuDevice(gpu);
  const tooMany = device.limits.maxBufferSize / 4 + 64;

  describe('what did not fit into memory', () => {
    it('leaves nothing of a plan behind', async () => {
      const backend = await createWebGpuBackend({ device });
      const parameters = await backend.allocateParameters(NO_PARAMETERS);
      const [kernelCase] = fc.sample(KERNEL_CASES.conv2d, { numRuns: 1, seed: 20261124 });
      const plan = planOf(backend, kernelCase!);
      (await backend.load(plan, parameters)).dispose();
      const held = backend.heldBuffers();
      const loading = backend.load({ ...plan, preparedElements: tooMany }, parameters);
      await expect(loading).rejects.toMatchObject({ code: 'out-of-memory' });
      expect(backend.heldBuffers()).toBe(held);
      backend.dispose();
    });

    it('leaves nothing of the parameters behind', async () => {
      const backend = await createWebGpuBackend({ device });
      const elements = { ...NO_PARAMETERS.elements, slot0: tooMany };
      const allocating = backend.allocateParameters({ ...NO_PARAMETERS, elements });
      await expect(allocating).rejects.toMatchObject({ code: 'out-of-memory' });
      expect(backend.heldBuffers()).toBe(0);
      backend.dispose();
    });
  });
});
