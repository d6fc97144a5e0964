import type { Network } from '../../core/graph/graph';
import type { Executor } from '../executor';
import { nodeGpu } from '../kernels/testing/node-webgpu';
import { describeAdapter, isSoftwareAdapter, requestWebGpuDevice } from '../kernels/webgpu/device';
import { createWebGpuBackend } from '../kernels/webgpu/webgpu-backend';
import { createPlanExecutor } from '../step-plan/executor/plan-executor';

/** The WGSL kernels in Node, on whatever adapter Dawn finds. @throws RangeError where it finds none */
export async function nodeWebgpuExecutors() {
  const gpu = await nodeGpu();
  if (gpu === null) throw new RangeError('Dawn finds no Vulkan driver on this machine.');
  const { device, info } = await requestWebGpuDevice(gpu);
  return {
    [`plan (webgpu, ${isSoftwareAdapter(info) ? 'software adapter' : describeAdapter(info)})`]: async (
      network: Network,
    ): Promise<Executor> => createPlanExecutor(network, await createWebGpuBackend({ device })),
  };
}
