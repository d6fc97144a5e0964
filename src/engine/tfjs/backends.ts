import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-wasm';
import '@tensorflow/tfjs-backend-webgpu';
import { ThawError } from '../../core/errors';
import { pointToBundledWasm } from './wasm-files';

export type TfjsBackend = 'webgpu' | 'webgl' | 'wasm' | 'cpu';

export type Acceleration = 'gpu' | 'software' | 'none';

export interface BackendDescription {
  /** The graphics adapter as the browser names it, or what stands in for one. */
  readonly adapter: string;
  readonly acceleration: Acceleration;
}

/** Names that adapters on the processor go by. */
const SOFTWARE = /swiftshader|llvmpipe|lavapipe|softpipe|basic render|\bwarp\b|software|\bcpu\b/i;

/**
 * What would run a backend on this machine, without starting it.
 * @throws ThawError `backend-unavailable`
 */
export async function describeBackend(backend: TfjsBackend): Promise<BackendDescription> {
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
  }
}

/**
 * Makes a backend TensorFlow.js's active one.
 * @throws ThawError `backend-unavailable`
 */
export async function startBackend(backend: TfjsBackend): Promise<BackendDescription> {
  const description = await describeBackend(backend);
  if (backend === 'wasm') configureWasm();
  const started = await tf.setBackend(backend).catch(() => false);
  if (!started) throw unavailable(`The backend ${backend} does not start in this browser.`);
  await tf.ready();
  if (backend === 'webgl' && !tf.env().getBool('WEBGL_RENDER_FLOAT32_ENABLED')) {
    throw unavailable('WebGL on this machine has no 32-bit floats, which training needs.');
  }
  return description;
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
  const isSoftware = adapter.info.isFallbackAdapter === true || SOFTWARE.test(name);
  return { adapter: name, acceleration: isSoftware ? 'software' : 'gpu' };
}

function describeWebgl(): BackendDescription {
  const gl = typeof OffscreenCanvas === 'undefined' ? null : new OffscreenCanvas(1, 1).getContext('webgl2');
  if (gl === null) throw unavailable('This browser has no WebGL 2 here.');
  const names = gl.getExtension('WEBGL_debug_renderer_info');
  const adapter = String(gl.getParameter(names === null ? gl.RENDERER : names.UNMASKED_RENDERER_WEBGL));
  gl.getExtension('WEBGL_lose_context')?.loseContext();
  return { adapter, acceleration: SOFTWARE.test(adapter) ? 'software' : 'gpu' };
}

function configureWasm(): void {
  pointToBundledWasm();
  // Its threads are workers made from text, which a content-security policy forbids; and of two cores it
  // would use one.
  tf.env().set('WASM_HAS_MULTITHREAD_SUPPORT', false);
}

function unavailable(why: string): ThawError {
  return new ThawError('backend-unavailable', `${why} Use another browser, or let Thaw choose the backend.`);
}
