import { describeParity } from '../testing/parity-contract';

// What float32 reaches is 1e-6, so a wrong formula shows at once.
describeParity('tfjs (cpu)', { loss: 1e-5, weight: 1e-4 });
