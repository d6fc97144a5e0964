import { describeKernelContract } from '../testing/kernel-contract';
import { createNodeWasmBackend } from '../testing/wasm-kernels';

describeKernelContract('WASM', { create: () => createNodeWasmBackend(), tolerance: 1e-5, cases: 60 });
describeKernelContract('WASM with relaxed SIMD', {
  create: () => createNodeWasmBackend(1, 'relaxed'),
  tolerance: 1e-5,
  cases: 60,
});
describeKernelContract('WASM on two threads', {
  create: () => createNodeWasmBackend(2),
  tolerance: 1e-5,
  cases: 20,
});
