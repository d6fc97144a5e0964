import type { PlanView } from '../../../core/run/plan-view';
import type { StorageView } from '../../../core/run/storage-view';
import type { LoadedPlan } from '../backend';
import { plannedBytes, summarizePlan } from '../compile/plan-summary';
import type { PrefixCacheSize } from '../frozen/prefix-cache';
import type { ParameterLayout } from '../plan';

/** What the page shows of the plan of the last step. @param kept what is kept of frozen pictures */
export function viewOfPlan(
  { plan, cost }: Pick<LoadedPlan, 'plan' | 'cost'>,
  layout: ParameterLayout,
  startsAt: PlanView['startsAt'],
  kept: PrefixCacheSize,
  storage: StorageView,
): PlanView {
  const { calls, multiplyAccumulates, bytesMoved, batch, costliest } = summarizePlan(plan);
  return {
    calls,
    dispatches: cost?.dispatches ?? calls,
    multiplyAccumulates,
    bytes: cost?.trafficBytes ?? bytesMoved,
    peakBytes: plannedBytes(plan, layout) + kept.memoryBytes,
    batchSize: batch,
    startsAt,
    kept,
    storage,
    tuning: cost?.tuning ?? null,
    costliest: costliest.map(({ kind, layer, multiplyAccumulates: macs, bytes }) => {
      return { kind, layer, multiplyAccumulates: macs, bytes };
    }),
  };
}
