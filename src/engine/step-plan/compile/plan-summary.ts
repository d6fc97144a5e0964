import { callCost } from '../call-cost';
import type { ParameterLayout, StepPlan } from '../plan';

const FLOAT32_BYTES = 4;

/** What a plan costs, for the page's Plan view and for people. Bytes as float32. */
interface PlanSummary {
  readonly purpose: StepPlan['purpose'];
  readonly batch: number;
  readonly calls: number;
  readonly prepareCalls: number;
  readonly multiplyAccumulates: number;
  /** Read and written by all calls. */
  readonly bytesMoved: number;
  /** The arena: the most that is alive at once, with what the placement wastes. */
  readonly arenaBytes: number;
  readonly preparedBytes: number;
  readonly costliest: readonly {
    readonly index: number;
    readonly kind: string;
    readonly layer: string;
    readonly multiplyAccumulates: number;
    readonly bytes: number;
  }[];
}

export function summarizePlan(plan: StepPlan): PlanSummary {
  const costs = plan.calls.map((call, index) => {
    return { index, kind: call.kind, layer: call.layer, ...callCost(plan, call) };
  });
  const sum = (of: (cost: (typeof costs)[number]) => number) =>
    costs.reduce((total, cost) => total + of(cost), 0);
  // A product's arithmetic hides its memory traffic and the other way round; whichever is more work ranks.
  const work = (cost: (typeof costs)[number]) => Math.max(cost.multiplyAccumulates, cost.bytes);
  return {
    purpose: plan.purpose,
    batch: plan.batch,
    calls: plan.calls.length,
    prepareCalls: plan.prepare.length,
    multiplyAccumulates: sum((cost) => cost.multiplyAccumulates),
    bytesMoved: sum((cost) => cost.bytes),
    arenaBytes: plan.arenaWords * FLOAT32_BYTES,
    preparedBytes: plan.preparedElements * FLOAT32_BYTES,
    costliest: [...costs].sort((a, b) => work(b) - work(a)).slice(0, 10),
  };
}

/** What a step's plan needs at once, besides what is kept of frozen pictures. */
export function plannedBytes(plan: StepPlan, { elements }: ParameterLayout): number {
  const parameters = elements.weights + elements.gradients + elements.slot0 + elements.slot1;
  return (parameters + plan.arenaWords + plan.preparedElements) * FLOAT32_BYTES;
}
