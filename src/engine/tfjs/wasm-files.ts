import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import plainUrl from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm.wasm?url';
import simdUrl from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm?url';

/** Points the WASM backend at the files of this app; by default it would look beside the page's script. */
export function pointToBundledWasm(): void {
  // In Node the package finds its own files.
  if (typeof location === 'undefined') return;
  setWasmPaths({
    'tfjs-backend-wasm.wasm': plainUrl,
    'tfjs-backend-wasm-simd.wasm': simdUrl,
    // An entry is asked for, but threads are off: see `startWasm`.
    'tfjs-backend-wasm-threaded-simd.wasm': simdUrl,
  });
}
