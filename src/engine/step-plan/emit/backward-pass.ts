import type { Activation } from '../../../core/graph/graph';
import { activationGradientReads } from '../call-buffers';
import type { BufferId } from '../calls/call';
import type { ValueName } from '../lower/nodes';
import { type ForwardTrace, rowsOf } from './forward-trace';
import type { GradientLedger } from './gradient-ledger';
import type { PlanBuilder } from './plan-builder';

/** What every part of the backward pass works on. */
export interface Backward {
  readonly plan: PlanBuilder;
  readonly trace: ForwardTrace;
  readonly ledger: GradientLedger;
  readonly trained: ReadonlySet<string>;
}

/** dz of a node whose fused activation is derived from its output; dy itself where there is none. */
export function beforeActivation(
  backward: Backward,
  layer: string,
  activation: Activation,
  output: ValueName,
  outputGradient: BufferId,
): BufferId {
  if (activation === 'linear') return outputGradient;
  const gradient = backward.ledger.fresh(output, `gradient of ${output} before ${activation}`);
  emitActivationGradient(backward, layer, activation, outputGradient, null, output, gradient);
  return gradient;
}

export function emitActivationGradient(
  { plan, trace }: Backward,
  layer: string,
  activation: Activation,
  outputGradient: BufferId,
  input: ValueName | null,
  output: ValueName,
  inputGradient: BufferId,
): void {
  const reads = activationGradientReads(activation);
  const inputs = {
    outputGradient,
    input: reads === 'input' && input !== null ? trace.values.get(input)! : null,
    output: reads === 'output' ? trace.values.get(output)! : null,
  };
  const { rows, channels } = rowsOf(trace.network, output);
  plan.call({
    kind: 'activationGradient',
    layer,
    activation,
    rows,
    channels,
    inputs,
    outputs: { inputGradient },
  });
}
