import { callCost } from '../call-cost';
import type { ParameterLayout, StepPlan } from '../plan';

const FLOAT32_BYTES = 4;

/** What a plan costs, for the page's Plan view and for people. Bytes as float32. */
export interface PlanSummary {
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
    arenaBytes: plan.arenaElements * FLOAT32_BYTES,
    preparedBytes: plan.preparedElements * FLOAT32_BYTES,
    costliest: [...costs].sort((a, b) => work(b) - work(a)).slice(0, 10),
  };
}

/** What a step's plan needs at once, besides what is kept of frozen pictures. */
export function plannedBytes(plan: StepPlan, { elements }: ParameterLayout): number {
  const parameters = elements.weights + elements.gradients + elements.slot0 + elements.slot1;
  return (parameters + plan.arenaElements + plan.preparedElements) * FLOAT32_BYTES;
}

/** The plan as text: a summary, the ten costliest calls, then every call with its buffers. */
export function printPlan(plan: StepPlan): string {
  const summary = summarizePlan(plan);
  const lines = [
    `${plan.purpose} plan, batch ${plan.batch}: ${summary.calls} calls (${summary.prepareCalls} to prepare), ` +
      `${millions(summary.multiplyAccumulates)} M multiply-accumulates, ${megabytes(summary.bytesMoved)} moved, ` +
      `arena ${megabytes(summary.arenaBytes)}, prepared ${megabytes(summary.preparedBytes)}`,
    'costliest:',
    ...summary.costliest.map(
      (cost) =>
        `  ${cost.kind} ${cost.layer}: ${millions(cost.multiplyAccumulates)} M, ${megabytes(cost.bytes)}`,
    ),
    'calls:',
  ];
  const name = (id: number | null) => (id === null ? '–' : plan.buffers[id]!.name);
  plan.calls.forEach((call, index) => {
    const ports = (of: object) =>
      Object.entries(of)
        .map(([key, id]: [string, number | null]) => `${key}=${name(id)}`)
        .join(' ');
    lines.push(`  ${index} ${call.kind} [${call.layer}] ${ports(call.inputs)} → ${ports(call.outputs)}`);
  });
  return lines.join('\n');
}

function millions(value: number): string {
  return (value / 1e6).toFixed(1);
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
