import type { BufferId } from '../../step-plan/calls/call';
import { aligned, type PlanBuffer, type StepPlan, type UnplacedPlan } from '../../step-plan/plan';
import { isArena } from '../wgsl/shader';
import type { Tuning } from '../wgsl/tuning';
import { inVectors, recordCalls } from './recorder';

/**
 * The buffers that a plan allows to be kept in halves and that every kernel writes four numbers at a time: two
 * halves share a word, which two threads must not write. Found by recording the plan as if it were all float32,
 * every buffer beside the others.
 */
export function compactableBuffers(plan: UnplacedPlan, tuning: Tuning): ReadonlySet<BufferId> {
  const allowed = new Map<number, BufferId>();
  let end = 0;
  const buffers = plan.buffers.map((buffer, id): PlanBuffer => {
    if (buffer.region !== 'arena') return buffer;
    const offset = end;
    end += aligned(buffer.elements);
    if (buffer.format !== 'float32') allowed.set(offset, id);
    return { ...buffer, offset, format: 'float32' };
  });
  const arena = { segmentWords: Number.POSITIVE_INFINITY, segments: [end], arenaWords: end };
  const apart: StepPlan = { ...plan, ...arena, buffers, scratch: [], prepareScratch: [] };
  const options = { tuning: inVectors(tuning), maxStorageBuffers: Number.POSITIVE_INFINITY };
  const { dispatches } = recordCalls(apart, plan.calls, options);
  for (const { bindings } of dispatches) {
    for (const { range, lanes, access } of bindings) {
      if (isArena(range.space) && access === 'readWrite' && lanes === 1) allowed.delete(range.offset);
    }
  }
  return new Set(allowed.values());
}
