import { ThawError } from '../../../core/errors';

/** What is asked of the adapter beyond the defaults, which suit a drawing and not a network. */
const LIMITS = [
  'maxBufferSize',
  'maxStorageBufferBindingSize',
  'maxStorageBuffersPerShaderStage',
  'maxComputeWorkgroupStorageSize',
  'maxComputeInvocationsPerWorkgroup',
  'maxComputeWorkgroupSizeX',
] as const;

const FEATURES: readonly GPUFeatureName[] = ['timestamp-query'];

export interface WebGpuDevice {
  readonly device: GPUDevice;
  readonly info: GPUAdapterInfo;
}

/**
 * A device with the limits and features that the adapter offers.
 * @param gpu default: the browser's
 * @throws ThawError `backend-unavailable`
 */
export async function requestWebGpuDevice(
  gpu: GPU | undefined = globalThis.navigator?.gpu,
): Promise<WebGpuDevice> {
  const adapter = await gpu?.requestAdapter({ powerPreference: 'high-performance' });
  if (!adapter) {
    throw new ThawError(
      'backend-unavailable',
      'This browser offers no WebGPU adapter. Thaw goes on without the GPU; a recent Chrome, Edge or Safari has one.',
    );
  }
  const requiredLimits = Object.fromEntries(LIMITS.map((name) => [name, adapter.limits[name]]));
  const requiredFeatures = FEATURES.filter((feature) => adapter.features.has(feature));
  try {
    return { device: await adapter.requestDevice({ requiredLimits, requiredFeatures }), info: adapter.info };
  } catch (cause) {
    const name = describeAdapter(adapter.info);
    const message = `The graphics adapter ${name} gave no device. Close other pages that use the GPU and reload.`;
    throw new ThawError('backend-unavailable', message, { cause });
  }
}

/** For people: `Apple M2 (metal-3)`; what a browser hides is left out. */
export function describeAdapter(info: GPUAdapterInfo): string {
  const name = info.description || info.device || info.vendor || 'WebGPU';
  return info.architecture && !name.toLowerCase().includes(info.architecture.toLowerCase())
    ? `${name} (${info.architecture})`
    : name;
}

/** An adapter that is a program on the CPU. */
export function isSoftwareAdapter(info: GPUAdapterInfo): boolean {
  const { vendor, architecture, device, description } = info;
  return info.isFallbackAdapter || isSoftwareName([vendor, architecture, device, description].join(' '));
}

/** @param name of an adapter of WebGPU, or of a renderer of WebGL */
export function isSoftwareName(name: string): boolean {
  return /swiftshader|llvmpipe|lavapipe|softpipe|basic render|\bwarp\b|software|\bcpu\b/i.test(name);
}
