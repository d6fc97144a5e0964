import type { BufferId } from '../../step-plan/calls/call';
import type { CallOf, KernelKind } from '../../step-plan/operations';

/**
 * A kernel of the reference backend: float64, plain loops, slow and obvious; what every other backend is
 * measured against.
 */
export type ReferenceKernel<K extends KernelKind> = (
  call: CallOf<K>,
  view: (buffer: BufferId) => Float64Array,
  scalars: readonly number[],
) => void;

export function optionalView(
  view: (buffer: BufferId) => Float64Array,
  buffer: BufferId | null,
): Float64Array | null {
  return buffer === null ? null : view(buffer);
}
