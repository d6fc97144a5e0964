import type { BackendName } from '../../core/api';
import { ThawError } from '../../core/errors';
import type { Preparation } from '../../core/run/events';
import { createReferenceBackend } from '../kernels/reference/reference-backend';
import { startWorkerThread, threadCount } from '../kernels/wasm/threads';
import { createWasmBackend } from '../kernels/wasm/wasm-backend';
import type { KernelBackend } from '../step-plan/backend';
import { kernelFile } from './kernel-files';
import { rememberedTuning } from './remembered-tuning';

/** What step plans run on. */
export type PlanBackendName = Extract<BackendName, 'webgpu' | 'wasm' | 'reference'>;

export function isPlanBackend(name: BackendName): name is PlanBackendName {
  return name === 'webgpu' || name === 'wasm' || name === 'reference';
}

const running = new Map<PlanBackendName, Promise<KernelBackend>>();

/**
 * The kernel backend of a name: started once and shared by all executors, since a module's threads, its
 * memory and a device's shaders are dear to make. So disposing of what this gives ends nothing.
 * @param onPreparing hears what loading a plan has to compile and measure first; without it nothing is measured, since
 * measuring is for runs and has its time only once
 * @throws ThawError `backend-unavailable`, `out-of-memory`
 */
export async function kernelBackend(
  name: PlanBackendName,
  onPreparing?: (preparation: Preparation) => void,
): Promise<KernelBackend> {
  let backend = running.get(name);
  if (backend === undefined) {
    backend = start(name);
    running.set(name, backend);
    // The next who asks tries again.
    backend.catch(() => running.delete(name));
  }
  return borrowed(await backend, onPreparing);
}

/** The one place that knows which backends there are. */
async function start(name: PlanBackendName): Promise<KernelBackend> {
  switch (name) {
    case 'reference':
      return createReferenceBackend();
    case 'wasm':
      return startWasm();
    case 'webgpu': {
      const { createWebGpuBackend } = await import('../kernels/webgpu/webgpu-backend');
      const backend = await createWebGpuBackend({ tuningMemory: rememberedTuning });
      backend.lost.then(() => running.delete(name));
      return backend;
    }
  }
}

async function startWasm(): Promise<KernelBackend> {
  const threads = threadCount();
  if (threads > 1) {
    try {
      const bytes = await fetchKernels(kernelFile(threads));
      return await createWasmBackend({ bytes, threads, startThread: startWorkerThread });
    } catch {
      // A browser that won't share memory with workers after all still has one thread.
    }
  }
  const bytes = await fetchKernels(kernelFile(1));
  return createWasmBackend({ bytes, threads: 1, startThread: startWorkerThread });
}

async function fetchKernels(url: string): Promise<ArrayBuffer> {
  const response = await fetch(url).catch(() => null);
  if (response === null || !response.ok) {
    throw new ThawError(
      'backend-unavailable',
      'The kernels of the training engine could not be loaded. Reload the page.',
    );
  }
  return response.arrayBuffer();
}

function borrowed(backend: KernelBackend, onPreparing?: (preparation: Preparation) => void): KernelBackend {
  return {
    name: backend.name,
    description: backend.description,
    kernels: backend.kernels,
    execution: backend.execution,
    inPlace: backend.inPlace,
    segmentWords: backend.segmentWords,
    scratchElements: (call) => backend.scratchElements(call),
    compactable: (plan) => backend.compactable(plan),
    allocateParameters: (layout) => backend.allocateParameters(layout),
    load: (plan, parameters, options) =>
      backend.load(plan, parameters, {
        ...(onPreparing ? { onPreparing } : { measuring: 'skipped' }),
        ...options,
      }),
    heldBytes: () => backend.heldBytes(),
    heldBuffers: () => backend.heldBuffers(),
    dispose: () => {},
  };
}
