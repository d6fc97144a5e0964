import type { BackendName } from '../../core/api';
import { ThawError } from '../../core/errors';
import { isSoftwareAdapter, isSoftwareName } from '../kernels/webgpu/device';

export type TfjsBackend = Exclude<BackendName, 'reference'>;

export type Acceleration = 'gpu' | 'software' | 'none';

export interface BackendDescription {
  /** The graphics adapter as the browser names it, or what stands in for one. */
  readonly adapter: string;
  readonly acceleration: Acceleration;
}

/**
 * What would run a backend on this machine, without starting it.
 * @throws ThawError `backend-unavailable`
 */
export async function describeBackend(backend: BackendName): Promise<BackendDescription> {
  switch (backend) {
    case 'webgpu':
      return describeWebgpu();
    case 'webgl':
      return describeWebgl();
    case 'wasm':
      if (typeof WebAssembly === 'undefined') throw unavailable('This browser has no WebAssembly.');
      return { adapter: 'WebAssembly on the processor', acceleration: 'none' };
    case 'cpu':
      return { adapter: 'JavaScript on the processor', acceleration: 'none' };
    case 'reference':
      return { adapter: 'float64 in TypeScript on the processor', acceleration: 'none' };
  }
}

export function unavailable(why: string): ThawError {
  return new ThawError('backend-unavailable', `${why} Use another browser, or let Thaw choose the backend.`);
}

async function describeWebgpu(): Promise<BackendDescription> {
  if (typeof navigator === 'undefined' || !('gpu' in navigator))
    throw unavailable('This browser has no WebGPU.');
  const adapter = await navigator.gpu
    .requestAdapter({ powerPreference: 'high-performance' })
    .catch(() => null);
  if (adapter === null) throw unavailable('WebGPU finds no graphics adapter on this machine.');
  const { vendor, architecture, device, description } = adapter.info;
  const name =
    [vendor, architecture, device, description].filter((part) => part !== '').join(' ') || 'unnamed adapter';
  return { adapter: name, acceleration: isSoftwareAdapter(adapter.info) ? 'software' : 'gpu' };
}

function describeWebgl(): BackendDescription {
  const gl = typeof OffscreenCanvas === 'undefined' ? null : new OffscreenCanvas(1, 1).getContext('webgl2');
  if (gl === null) throw unavailable('This browser has no WebGL 2 here.');
  const names = gl.getExtension('WEBGL_debug_renderer_info');
  const adapter = String(gl.getParameter(names === null ? gl.RENDERER : names.UNMASKED_RENDERER_WEBGL));
  gl.getExtension('WEBGL_lose_context')?.loseContext();
  return { adapter, acceleration: isSoftwareName(adapter) ? 'software' : 'gpu' };
}
