import type { BufferId } from '../../step-plan/calls/call';
import type { UnfoldGradientCall } from '../../step-plan/calls/normalisation';
import { optionalRange, type WgslContext } from '../wgsl/context';
import { float, type Lanes, type Range, type WgslShader } from '../wgsl/shader';

/** Where a filter's gradient goes: the next call may scale it back to that of the filter before folding. */
export function filterGradientTarget(
  filterGradient: BufferId,
  unfold: UnfoldGradientCall | null,
  context: WgslContext,
): Range {
  return context.range(unfold?.outputs.gradient ?? filterGradient);
}

/** @returns the factor of output channel `c` with its sign of multiplication; nothing where there is none */
export function unfoldFactor(
  unfold: UnfoldGradientCall | null,
  context: WgslContext,
  shader: WgslShader,
  lanes: Lanes,
): (c: string) => string {
  if (!unfold) return () => '';
  const variance = shader.reads('variances', context.range(unfold.inputs.variance), lanes);
  const gammaRange = optionalRange(context, unfold.inputs.gamma);
  const gamma = gammaRange && shader.reads('gamma', gammaRange, lanes);
  return (c) =>
    `${gamma ? ` * ${gamma}[${c}]` : ''} * inverseSqrt(${variance}[${c}] + ${float(unfold.epsilon)})`;
}
