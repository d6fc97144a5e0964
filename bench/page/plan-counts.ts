import { createWebGpuBackend, type WebGpuBackend } from '../../src/engine/kernels/webgpu/webgpu-backend';
import type { BackendTraits } from '../../src/engine/step-plan/backend';
import { compileTrainingPlan } from '../../src/engine/step-plan/compile/compile-training';
import { plannedBytes, summarizePlan } from '../../src/engine/step-plan/compile/plan-summary';
import { layOutParameters } from '../../src/engine/step-plan/parameter-layout';
import { leastBytes } from './least-bytes';
import { benchNetwork } from './networks';
import type { PlanCounts, WebGpuCounts, Work } from './peer';
import { phaseOfMode } from './phase-of-mode';

const WITHOUT_BACKEND: BackendTraits = {
  inPlace: 'allowed',
  segmentWords: Number.POSITIVE_INFINITY,
  scratchElements: () => 0,
  compactable: () => new Set(),
};

/** Counts a whole step from its plan alone: nothing runs, so no size is too large. */
export async function countPlan({ network: name, pictureSize, batchSize }: Work, siteUrl: string) {
  const { graph } = await benchNetwork(name, siteUrl);
  const phase = phaseOfMode(graph, 'bn-trained');
  const layout = layOutParameters(graph, phase, new Map());
  const shape = [batchSize, pictureSize, pictureSize, 3] as const;
  const request = { graph, phase, layout, shape, startsAt: 'pictures', classWeights: 'none' } as const;
  const plan = compileTrainingPlan(request, WITHOUT_BACKEND);
  const summary = summarizePlan(plan);
  const backend = await createWebGpuBackend().catch(() => null);
  const onWebGpu = (kernels: WebGpuBackend, storage: 'float32' | 'half'): WebGpuCounts => {
    const compiled = compileTrainingPlan({ ...request, storage }, kernels);
    const { dispatches, trafficBytes } = kernels.costOf(compiled);
    return { dispatches, trafficBytes, peakBytes: plannedBytes(compiled, layout) };
  };
  const counts: PlanCounts = {
    calls: summary.calls,
    planBytes: summary.bytesMoved,
    peakBytes: plannedBytes(plan, layout),
    multiplyAccumulates: summary.multiplyAccumulates,
    leastBytes: leastBytes(graph, pictureSize, batchSize),
    webgpu: backend && { float32: onWebGpu(backend, 'float32'), half: onWebGpu(backend, 'half') },
  };
  backend?.dispose();
  return counts;
}
