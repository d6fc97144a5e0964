import { vi } from 'vitest';
import { bufferOf } from '../../engine/testing/lightning-tiny';
import { Session } from '../session';
import { tinyTensorData } from './tiny-tensor-data';

export const tensorData = tinyTensorData();

/**
 * Makes Node a browser with this GPU.
 * @param limits that every device has instead of its own
 * @returns every device that is given away from now on, the last one last
 */
export function stubBrowserGpu(gpu: GPU, limits: Partial<Record<keyof GPUSupportedLimits, number>> = {}) {
  const devices: GPUDevice[] = [];
  const requestAdapter = async (options?: GPURequestAdapterOptions) => {
    const adapter = await gpu.requestAdapter(options);
    if (adapter === null) return null;
    const requestDevice = async (descriptor?: GPUDeviceDescriptor) => {
      const device = await adapter.requestDevice(descriptor);
      const own = device.limits;
      const changed = new Proxy(own, {
        get: (_, name: keyof GPUSupportedLimits) => limits[name] ?? own[name],
      });
      Object.defineProperty(device, 'limits', { value: changed });
      devices.push(device);
      return device;
    };
    return { info: adapter.info, limits: adapter.limits, features: adapter.features, requestDevice };
  };
  vi.stubGlobal('navigator', { gpu: { requestAdapter }, userAgent: 'Node' });
  return devices;
}

/** A session on WebGPU with the tiny network and its pictures. */
export async function openWebGpuSession(): Promise<Session> {
  const session = new Session();
  await session.start('webgpu');
  const files = ['model.json', 'weights.bin'].map((name) => ({
    name,
    bytes: bufferOf(`fixtures/lightning-tiny/${name}`),
  }));
  // The earliest end there is, so that a new device has little to compile.
  await session.loadBackbone({ kind: 'files', files, backboneEnd: 'relu1' });
  await session.setData(tensorData);
  return session;
}
