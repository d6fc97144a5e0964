import { expect, it } from 'vitest';
import { convolutionGrid } from '../testing/convolution-cases';
import { halvesOf, roundedCase, runCaseInHalves } from '../testing/half-case';
import { describeKernelContract } from '../testing/kernel-contract';
import { describeOnWebGpu } from '../testing/node-webgpu';
import { HARDWARE_TUNING, SOFTWARE_TUNING } from '../wgsl/tuning';
import { requestWebGpuDevice } from './device';
import { createWebGpuBackend } from './webgpu-backend';

await describeOnWebGpu('WGSL kernels', async (gpu) => {
  const { device } = await requestWebGpuDevice(gpu);
  describeKernelContract('WGSL', {
    create: () => createWebGpuBackend({ device, tuning: SOFTWARE_TUNING }),
    tolerance: 1e-5,
    cases: 5,
  });
  // What a graphics processor is given: more threads, sums in workgroup memory.
  describeKernelContract('WGSL as tuned for hardware', {
    create: () => createWebGpuBackend({ device, tuning: HARDWARE_TUNING }),
    tolerance: 1e-5,
    cases: 3,
    kinds: [
      'conv2d',
      'conv2dInputGradient',
      'conv2dFilterGradient',
      'depthwiseConv2d',
      'depthwiseConv2dInputGradient',
      'depthwiseConv2dFilterGradient',
      'batchNormStatistics',
      'batchNormApply',
      'batchNormParameterGradient',
      'batchNormInputGradient',
      'layerNorm',
      'layerNormInputGradient',
      'layerNormParameterGradient',
      'sumPositions',
      'sumRows',
    ],
  });
  // Values between layers in 16 bits; a kernel is then as exact as eleven bits are.
  for (const tuning of [SOFTWARE_TUNING, HARDWARE_TUNING]) {
    describeKernelContract(`WGSL in halves, ${tuning === SOFTWARE_TUNING ? 'software' : 'hardware'}`, {
      create: () => createWebGpuBackend({ device, tuning }),
      tolerance: 2e-3,
      cases: 2,
      run: runCaseInHalves,
      given: roundedCase,
    });
  }
  it('keeps whole vectors of channels in halves when it is tested so', async () => {
    const backend = await createWebGpuBackend({ device });
    const cases = ['conv2d', 'conv2dInputGradient', 'depthwiseConv2d'] as const;
    for (const kind of cases) {
      const halves = [...convolutionGrid(kind)].map((each) => halvesOf(backend, each));
      expect(Math.max(...halves), kind).toBeGreaterThan(0);
    }
    backend.dispose();
  });
  // An adapter with no more storage buffers than the standard asks for: neighbours share a binding.
  describeKernelContract('WGSL in eight storage buffers', {
    create: () => createWebGpuBackend({ device, maxStorageBuffers: 8 }),
    tolerance: 1e-5,
    cases: 3,
    kinds: ['batchNormApply', 'batchNormInputGradient', 'foldBatchNorm'],
  });
});
