import type { KernelBackend, Numbers } from '../../step-plan/backend';
import type { BufferId } from '../../step-plan/calls/call';
import { aligned, type StepPlan } from '../../step-plan/plan';
import type { KernelCase } from './kernel-case';
import { planOf, runPlan } from './run-case';

/** Runs a case with every buffer in a segment of the arena by itself. */
export function runCaseInSegments(
  backend: KernelBackend,
  kernelCase: KernelCase,
): Promise<ReadonlyMap<BufferId, Numbers>> {
  return runPlan(backend, inSegments(planOf(backend, kernelCase)), kernelCase);
}

/** @param plan whose buffers are all in the arena */
export function inSegments(plan: StepPlan): StepPlan {
  const segments = plan.buffers.map(({ elements }) => aligned(elements));
  const segmentWords = Math.max(...segments);
  const buffers = plan.buffers.map((buffer, id) => ({ ...buffer, offset: id * segmentWords }));
  const arenaWords = segments.reduce((sum, words) => sum + words, 0);
  return { ...plan, buffers, segmentWords, segments, arenaWords };
}
