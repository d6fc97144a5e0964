import type { BufferId } from '../../step-plan/calls/call';
import type { KernelCall } from '../../step-plan/operations';
import type { Dispatch, Range, WgslShader } from './shader';
import type { Tuning } from './tuning';

/** What a kernel's builder works with: it turns one call into the dispatches that it adds. */
export interface WgslContext {
  readonly tuning: Tuning;
  shader(call: Pick<KernelCall, 'kind' | 'layer'>, pass?: string): WgslShader;
  range(buffer: BufferId): Range;
  add(dispatch: Dispatch): void;
  /** Room for so many partial results; free again once the call (or the pair of calls) has been built. */
  scratch(elements: number): Range;
  /**
   * Where a sum that is worked out in `splits` parts goes: the target itself for one part, else room for the
   * parts, `stride` elements apart, which are added up in a fixed order: with all others in one
   * dispatch before the gradients are read, or at once where the target is no gradient of a variable.
   */
  split(target: Range, splits: number): { readonly parts: Range; readonly stride: number };
}

/** `shared`: what a neighbouring call has worked out, or wants worked out, for both. */
export type WgslBuilder<C, S = null> = (call: C, context: WgslContext, shared: S) => void;

export function optionalRange(context: WgslContext, buffer: BufferId | null): Range | null {
  return buffer === null ? null : context.range(buffer);
}
