import { describeKernelContract } from '../testing/kernel-contract';
import { createReferenceBackend } from './reference-backend';

// Against itself: that every operation has a kernel and cases, and that a case writes every value it should.
describeKernelContract('the reference', {
  create: async () => createReferenceBackend(),
  tolerance: 0,
  cases: 20,
});
