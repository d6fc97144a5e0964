import type { StepRecorder } from './program';
import { ceilDivide } from './tasks';

/** Adds partial results up, in an order that does not depend on who made them. */
export function combineSteps(
  to: StepRecorder,
  parts: number,
  stride: number,
  count: number,
  elements: number,
  first: number,
  second: { readonly offset: number; readonly at: number } = { offset: 0, at: 0 },
): void {
  const each = 1024;
  const words = [parts, stride, count, elements, each, first, second.offset, second.at];
  to.step('combineParts', ceilDivide(elements, each), words);
}
