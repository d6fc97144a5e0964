import { idsOf } from './call-buffers';
import type { KernelCall } from './operations';
import type { StepPlan } from './plan';

/** Bytes of one number on the backends that people run; the reference has twice as many. */
const FLOAT32_BYTES = 4;

export interface CallCost {
  /** Multiply-accumulates of products; 0 for everything else, which memory limits. */
  readonly multiplyAccumulates: number;
  /** Read and written once each, as if caches held nothing from call to call. */
  readonly bytes: number;
}

export function callCost(plan: Pick<StepPlan, 'buffers'>, call: KernelCall): CallCost {
  const ids = [...idsOf(call.inputs), ...idsOf(call.outputs)];
  const elements = ids.reduce((sum, id) => sum + plan.buffers[id]!.elements, 0);
  // What is added to or updated in place is read as well as written.
  const read = 'write' in call && call.write === 'add' ? 'all' : updatesInPlace(call) ? 'all' : 'none';
  const again =
    read === 'all' ? idsOf(call.outputs).reduce((sum, id) => sum + plan.buffers[id]!.elements, 0) : 0;
  return { multiplyAccumulates: multiplyAccumulates(call), bytes: (elements + again) * FLOAT32_BYTES };
}

function updatesInPlace(call: KernelCall): boolean {
  return call.kind === 'accumulate' || call.kind === 'sgdUpdate' || call.kind === 'adamUpdate';
}

function multiplyAccumulates(call: KernelCall): number {
  switch (call.kind) {
    case 'conv2d':
    case 'depthwiseConv2d':
    case 'conv2dInputGradient':
    case 'depthwiseConv2dInputGradient':
    case 'conv2dFilterGradient':
    case 'depthwiseConv2dFilterGradient': {
      const g = call.geometry;
      const outputs = g.batch * g.outputHeight * g.outputWidth * g.outputChannels;
      return (outputs * g.kernelHeight * g.kernelWidth * g.inputChannels) / g.groups;
    }
    default:
      return 0;
  }
}
