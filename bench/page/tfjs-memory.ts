import * as tf from '@tensorflow/tfjs';

/** What the active backend of TensorFlow.js holds: neither its heap nor its pool of buffers ever shrinks. */
export function tfjsHeldBytes(): number | null {
  if (tf.getBackend() === 'wasm') {
    const { wasm } = tf.backend() as unknown as { readonly wasm: { readonly HEAPU8: Uint8Array } };
    return wasm.HEAPU8.buffer.byteLength;
  }
  const memory = tf.memory() as unknown as { readonly numBytesAllocatedInGPU?: number };
  return memory.numBytesAllocatedInGPU ?? null;
}
