import type { LayerGraph } from '../../../core/graph/graph';
import type { BackendTraits } from '../backend';
import type { KernelKind } from '../operations';
import { layOutParameters } from '../parameter-layout';
import { everythingTrained } from '../phases-to-measure';
import { compileEvaluationPlan } from './compile-evaluation';
import { compileTrainingPlan } from './compile-training';

/** Where the graph takes any size; a layer's kernels do not depend on it. */
const ANY_SIDE = 224;
const ANY_OPTIMIZER = { kind: 'adam', beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0 } as const;
const PLAN_ONLY: BackendTraits = {
  inPlace: 'forbidden',
  segmentWords: Number.POSITIVE_INFINITY,
  scratchElements: () => 0,
  compactable: () => new Set(),
};

/** @returns the first layer that a backend with these kernels cannot train or run; null: it can do them all */
export function unsupportedLayer(graph: LayerGraph, kernels: ReadonlySet<KernelKind>): string | null {
  const input = graph.layers.find((layer) => layer.kind === 'input');
  const shape = [2, input?.height ?? ANY_SIDE, input?.width ?? ANY_SIDE, input?.channels ?? 3] as const;
  const phase = everythingTrained(graph, ANY_OPTIMIZER);
  const layout = layOutParameters(graph, phase, new Map());
  const training = compileTrainingPlan(
    { graph, phase, layout, shape, startsAt: 'pictures', classWeights: 'none' },
    PLAN_ONLY,
  );
  const evaluation = compileEvaluationPlan({ graph, layout, shape, startsAt: [] }, PLAN_ONLY);
  const calls = [...training.calls, ...evaluation.prepare, ...evaluation.calls];
  return calls.find((call) => !kernels.has(call.kind))?.layer ?? null;
}
