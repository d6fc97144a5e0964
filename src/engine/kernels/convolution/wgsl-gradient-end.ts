import type { ActivationGradientCall } from '../../step-plan/calls/elementwise';
import type { CallOf } from '../../step-plan/operations';
import { slopeFunction } from '../activation/wgsl';
import type { WgslContext } from '../wgsl/context';
import type { RowSums } from '../wgsl/row-sums';
import type { Lanes, WgslShader } from '../wgsl/shader';

/** What the next call does with an input's gradient, and the kernel that makes it does on the way. */
export type GradientUse =
  | { readonly sums: RowSums; readonly gate: null }
  /** Nobody else reads the gradient before the activation: it is not stored. */
  | { readonly sums: null; readonly gate: ActivationGradientCall };

/** Where an input's gradient goes, and what is stored of a value at index `at`. */
export function gradientEnd(
  call: CallOf<'conv2dInputGradient' | 'depthwiseConv2dInputGradient'>,
  use: GradientUse | null,
  context: WgslContext,
  shader: WgslShader,
  lanes: Lanes,
) {
  const range = context.range(call.outputs.inputGradient);
  const adds = call.write === 'add';
  const sum = (name: string) => (at: string, value: string) => (adds ? `${name}[${at}] + ${value}` : value);
  const gate = use?.gate ?? null;
  if (!gate) {
    const target = adds ? shader.updates('dx', range, lanes) : shader.writes('dx', range, lanes);
    const result = sum(target);
    return { target, result: (at: string, _: string, value: string) => result(at, value), declarations: '' };
  }
  const before = sum(adds ? shader.reads('dx', range, lanes) : '');
  const of = gate.inputs.input === null ? 'output' : 'input';
  const point = shader.reads('point', context.range((gate.inputs.input ?? gate.inputs.output)!), lanes);
  const target = shader.writes('gated', context.range(gate.outputs.inputGradient), lanes);
  return {
    target,
    result: (at: string, _: string, value: string) => `(${before(at, value)}) * slope(${point}[${at}])`,
    declarations: slopeFunction(gate.activation, lanes, of),
  };
}
