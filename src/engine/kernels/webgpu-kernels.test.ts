import { describeKernelContract } from './testing/kernel-contract';
import { describeOnWebGpu } from './testing/node-webgpu';
import { createWebGpuBackend } from './webgpu-backend';
import { requestWebGpuDevice } from './webgpu-device';
import { HARDWARE_TUNING, SOFTWARE_TUNING } from './wgsl-tuning';

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
  // An adapter with no more storage buffers than the standard asks for: neighbours share a binding.
  describeKernelContract('WGSL in eight storage buffers', {
    create: () => createWebGpuBackend({ device, maxStorageBuffers: 8 }),
    tolerance: 1e-5,
    cases: 3,
    kinds: ['batchNormApply', 'batchNormInputGradient', 'foldBatchNorm'],
  });
});
