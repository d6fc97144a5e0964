import relaxedUrl from '../../../build/kernels/relaxed-simd.wasm?url';
import relaxedThreadedUrl from '../../../build/kernels/relaxed-simd-threads.wasm?url';
import plainUrl from '../../../build/kernels/simd.wasm?url';
import threadedUrl from '../../../build/kernels/simd-threads.wasm?url';
import { hasRelaxedSimd } from '../kernels/wasm/features';

/** @returns where the fastest kernel module is that this browser runs on so many threads */
export function kernelFile(threads: number): string {
  if (hasRelaxedSimd()) return threads === 1 ? relaxedUrl : relaxedThreadedUrl;
  return threads === 1 ? plainUrl : threadedUrl;
}
