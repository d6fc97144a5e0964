import { createWebGpuBackend } from '../../src/engine/kernels/webgpu-backend';
import type { BackendTraits } from '../../src/engine/step-plan/backend';
import { compileTrainingPlan } from '../../src/engine/step-plan/compile-training';
import { layOutParameters } from '../../src/engine/step-plan/parameter-layout';
import { summarizePlan } from '../../src/engine/step-plan/print-plan';
import { leastBytes } from './least-bytes';
import { benchNetwork } from './networks';
import type { PlanCounts, Work } from './peer';
import { phaseOfMode } from './phase-of-mode';

const WITHOUT_BACKEND: BackendTraits = { inPlace: 'allowed', scratchElements: () => 0 };

/** Counts a whole step from its plan alone: nothing runs, so no size is too large. */
export async function countPlan({ network: name, pictureSize, batchSize }: Work, siteUrl: string) {
  const { graph } = await benchNetwork(name, siteUrl);
  const phase = phaseOfMode(graph, 'bn-trained');
  const layout = layOutParameters(graph, phase, new Map());
  const shape = [batchSize, pictureSize, pictureSize, 3] as const;
  const request = { graph, phase, layout, shape, startsAt: 'pictures', classWeights: 'none' } as const;
  const summary = summarizePlan(compileTrainingPlan(request, WITHOUT_BACKEND));
  const backend = await createWebGpuBackend().catch(() => null);
  const cost = backend?.costOf(compileTrainingPlan(request, backend)) ?? null;
  backend?.dispose();
  const { weights, gradients, slot0, slot1 } = layout.elements;
  const counts: PlanCounts = {
    calls: summary.calls,
    planBytes: summary.bytesMoved,
    peakBytes:
      summary.arenaBytes +
      summary.preparedBytes +
      (weights + gradients + slot0 + slot1) * Float32Array.BYTES_PER_ELEMENT,
    multiplyAccumulates: summary.multiplyAccumulates,
    leastBytes: leastBytes(graph, pictureSize, batchSize),
    webgpu: cost && { dispatches: cost.dispatches, trafficBytes: cost.trafficBytes },
  };
  return counts;
}
