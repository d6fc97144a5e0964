import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-wasm';
import '@tensorflow/tfjs-backend-webgpu';
import {
  type BackendDescription,
  describeBackend,
  type TfjsBackend,
  unavailable,
} from '../backends/describe-backend';
import { pointToBundledWasm } from './wasm-files';

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

function configureWasm(): void {
  pointToBundledWasm();
  // Its threads are workers made from text, which a content-security policy forbids; and of two cores it
  // would use one.
  tf.env().set('WASM_HAS_MULTITHREAD_SUPPORT', false);
}
