import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { LoadedPlan } from '../../step-plan/backend';
import { outputsOf } from '../testing/kernel-case';
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

    it.each(['training', 'evaluation'] as const)(
      'leaves a plan of %s that was ready able to run, though a smaller one has its room',
      async (purpose) => {
        const backend = await createWebGpuBackend({ device });
        const parameters = await backend.allocateParameters(NO_PARAMETERS);
        const [kernelCase] = fc.sample(KERNEL_CASES.conv2d, { numRuns: 1, seed: 20261124 });
        const { buffers, scalars } = kernelCase!;
        const plan = { ...planOf(backend, kernelCase!), purpose };
        const outputs = async (loaded: LoadedPlan) => {
          for (const [id, values] of buffers.entries()) loaded.write(id, values);
          await loaded.run(scalars);
          return Promise.all(outputsOf(kernelCase!).map((id) => loaded.read(id)));
        };
        const ready = await backend.load(plan, parameters);
        const wanted = await outputs(ready);
        const nothing = { ...plan, calls: [], inputs: [], outputs: [] };
        const tooLarge = backend.load({ ...nothing, segments: [tooMany] }, parameters);
        await expect(tooLarge).rejects.toMatchObject({ code: 'out-of-memory' });
        await backend.load({ ...nothing, segments: [64] }, parameters);
        expect(await outputs(ready)).toEqual(wanted);
        expect(plan.segments[0]).toBeGreaterThan(64);
        backend.dispose();
      },
    );

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
