import { callCost } from '../step-plan/call-cost';
import type { KernelCall } from '../step-plan/operations';
import type { StepPlan } from '../step-plan/plan';

/**
 * Work of one core with 128-bit SIMD, so that kinds of calls can be added up: multiply-accumulates a second of
 * products and of depthwise filters, bytes a second of everything that memory limits. Rounded from the rates of
 * the AssemblyScript kernels; a measurement scales the sum to the machine, so only their ratios count.
 */
const PRODUCT_RATE = 18e9;
const DEPTHWISE_RATE = 6e9;
const MEMORY_RATE = 8e9;

/** Seconds that a run of the plan's calls would take on that core. */
export function nominalSeconds(plan: StepPlan): number {
  return plan.calls.reduce((sum, call) => sum + secondsOf(plan, call), 0);
}

function secondsOf(plan: StepPlan, call: KernelCall): number {
  const { multiplyAccumulates, bytes } = callCost(plan, call);
  const isDepthwise = 'geometry' in call && 'groups' in call.geometry && call.geometry.groups > 1;
  const arithmetic = multiplyAccumulates / (isDepthwise ? DEPTHWISE_RATE : PRODUCT_RATE);
  return Math.max(arithmetic, bytes / MEMORY_RATE);
}
