import type { BackendName, ExecutorName } from '../../core/api';
import type { MachineReport } from '../../core/worker-contract';
import type { BackendDescription } from './describe-backend';

/** What runs networks on this machine, and why. */
export type ChosenBackend = Pick<
  MachineReport,
  'backend' | 'headBackend' | 'adapter' | 'acceleration' | 'warnings' | 'probes'
> & { readonly executor: ExecutorName };

/** What WebGPU is here, or why there is none. */
export type WebgpuAnswer = BackendDescription | { readonly message: string };

export const BACKEND_TITLES: Readonly<Record<BackendName, string>> = {
  webgpu: 'WebGPU',
  webgl: 'WebGL',
  wasm: 'WebAssembly',
  cpu: 'plain JavaScript',
  reference: 'the reference backend',
};

/** A sentence for the page. */
export function whyNoGraphics(webgpu: WebgpuAnswer): string {
  return 'adapter' in webgpu
    ? `WebGPU has only a software adapter here (${webgpu.adapter}).`
    : webgpu.message.split('. ')[0]!.replace(/\.?$/, '.');
}
