import type { Activation } from '../../core/graph/graph';
import type { BufferId } from './calls/call';
import type { KernelCall } from './operations';

/** @returns the buffers a call touches, each once. */
export function buffersOf(call: KernelCall): readonly BufferId[] {
  return [...new Set([...idsOf(call.inputs), ...idsOf(call.outputs)])];
}

export function idsOf(ports: Readonly<Record<string, BufferId | null>>): readonly BufferId[] {
  return Object.values(ports).filter((id) => id !== null);
}

/**
 * The pairs of a call that may be one buffer, best first: the output's value at an index depends on that
 * input at the same index (or row) only. At most one pair is used.
 */
export function inPlacePairs(
  call: KernelCall,
): readonly { readonly input: BufferId; readonly output: BufferId }[] {
  const pairs: { input: BufferId; output: BufferId }[] = [];
  const offer = (input: BufferId | null, output: BufferId) => {
    if (input !== null) pairs.push({ input, output });
  };
  switch (call.kind) {
    case 'conv2d':
    case 'depthwiseConv2d':
      offer(call.inputs.residual, call.outputs.output);
      break;
    case 'batchNormApply':
      offer(call.inputs.input, call.outputs.output);
      offer(call.inputs.residual, call.outputs.output);
      break;
    case 'batchNormInputGradient':
    case 'activationGradient':
      offer(call.inputs.outputGradient, call.outputs.inputGradient);
      break;
    case 'activation':
    case 'dropout':
    case 'rescale':
      offer(call.inputs.input, call.outputs.output);
      break;
    case 'add':
    case 'multiply':
      offer(call.inputs.a, call.outputs.output);
      if (call.broadcast === 'none') offer(call.inputs.b, call.outputs.output);
      break;
    default:
      break;
  }
  return pairs;
}

/** What the derivative of an activation is worked out from. */
export function activationGradientReads(activation: Activation): 'input' | 'output' {
  switch (activation) {
    case 'silu':
    case 'hardSwish':
    case 'gelu':
    case 'geluTanh':
      return 'input';
    default:
      return 'output';
  }
}
