import type { LayerGraph } from '../../../core/graph/graph';
import type { ExecutablePhase } from '../../executor';
import type { BackendTraits } from '../backend';
import { compilePrefixPlan, type PictureShape } from '../compile/compile-training';
import { summarizePlan } from '../compile/plan-summary';
import type { ParameterLayout, StepPlan } from '../plan';

/** Where a phase's frozen part ends: the values that a picture's training and evaluation can start from. */
export interface FrozenBoundary {
  /** The same boundary on pictures of the same size has the same key. */
  readonly key: string;
  readonly values: readonly { readonly name: string; readonly elementsPerPicture: number }[];
  /** Of all values of one picture. */
  readonly elementsPerPicture: number;
  /** What the values depend on, besides the picture. */
  readonly variables: ReadonlySet<string>;
  readonly multiplyAccumulatesPerPicture: number;
}

/** @returns null where nothing before the boundary computes anything */
export function frozenBoundaryOf(
  graph: LayerGraph,
  phase: ExecutablePhase,
  layout: ParameterLayout,
  shape: PictureShape,
  traits: BackendTraits,
): FrozenBoundary | null {
  const plan = prefixPlan(graph, phase, layout, shape, traits);
  if (plan.calls.length === 0) return null;
  const values = plan.outputs.map(({ name, elements }) => ({
    name,
    elementsPerPicture: elements / plan.batch,
  }));
  return {
    key: [shape.slice(1).join('×'), ...values.map(({ name }) => name)].join(' | '),
    values,
    elementsPerPicture: values.reduce((sum, value) => sum + value.elementsPerPicture, 0),
    variables: new Set(plan.buffers.filter(({ region }) => region === 'weights').map(({ name }) => name)),
    multiplyAccumulatesPerPicture: summarizePlan(plan).multiplyAccumulates / plan.batch,
  };
}

export function isWorthKeeping(boundary: FrozenBoundary, leastWorkPerValue: number): boolean {
  return boundary.multiplyAccumulatesPerPicture >= leastWorkPerValue * boundary.elementsPerPicture;
}

export function prefixPlan(
  graph: LayerGraph,
  phase: ExecutablePhase,
  layout: ParameterLayout,
  shape: PictureShape,
  traits: BackendTraits,
): StepPlan {
  return compilePrefixPlan(
    { graph, phase, layout, shape, startsAt: 'pictures', classWeights: 'none' },
    traits,
  );
}
