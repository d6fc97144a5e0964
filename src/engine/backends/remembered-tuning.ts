import type { TuningMemory } from '../kernels/webgpu/tuned-products';
import { recall, remember } from './remembered';

const STORE = 'thaw-kernel-tuning';

/** Which kernels were the fastest on which adapter: so that a second visit measures nothing. */
export const rememberedTuning: TuningMemory = {
  recall: (adapter) => recall(STORE, adapter),
  // A machine may have two adapters and use now one, now the other.
  keep: (tuned) => remember(STORE, tuned.adapter, tuned, 'kept'),
};
