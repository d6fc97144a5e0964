import { createReferenceBackend } from '../kernels/reference/reference-backend';
import { describeStepContract } from './testing/step-contract';

// The plans as a backend gets them that shares no buffers in place and wants scratch: other memory, same numbers.
describeStepContract('the reference without sharing in place', {
  create: async () =>
    createReferenceBackend({ inPlace: 'forbidden', scratchElements: (call) => call.kind.length * 10 }),
  tolerance: 0,
  weightTolerance: 0,
});
