import { elementCount, type LayerGraph } from '../../core/graph/graph';
import type { OptimizerOptions } from '../../core/options/train-config';
import type { ExecutablePhase } from '../executor';
import { aligned, type ParameterLayout, type UpdateRange } from './plan';

export function slotCount(optimizer: OptimizerOptions): 0 | 1 | 2 {
  if (optimizer.kind !== 'sgd') return 2;
  return optimizer.momentum === 0 ? 0 : 1;
}

/**
 * Lays the variables out: trained ones first, those of one group and one count of updates beside each other,
 * so that one call updates them all (variables with other counts need other bias corrections).
 * The gaps of the alignment hold zeros and stay zero under every update rule.
 *
 * @param stepCounts updates each variable has had; 0 where missing
 */
export function layOutParameters(
  graph: LayerGraph,
  phase: ExecutablePhase | null,
  stepCounts: ReadonlyMap<string, number>,
): ParameterLayout {
  const sizes = new Map(
    graph.layers.flatMap((layer) =>
      layer.weights.map((weight) => [weight.name, elementCount(weight.shape)] as const),
    ),
  );
  const variables = new Map<string, { offset: number; elements: number }>();
  let end = 0;
  const place = (name: string) => {
    const elements = sizes.get(name);
    if (elements === undefined) throw new RangeError(`The graph has no variable ${name}.`);
    variables.set(name, { offset: end, elements });
    end += aligned(elements);
  };

  const ranges = new Map<string, { group: number; names: string[] }>();
  for (const { name, group } of phase?.trained ?? []) {
    const key = `${group}/${stepCounts.get(name) ?? 0}`;
    const range = ranges.get(key) ?? { group, names: [] };
    range.names.push(name);
    ranges.set(key, range);
  }
  const updates: UpdateRange[] = [];
  for (const { group, names } of [...ranges.values()].sort((a, b) => a.group - b.group)) {
    const offset = end;
    names.forEach(place);
    updates.push({ group, offset, elements: end - offset, names });
  }
  const trainedElements = end;
  for (const name of sizes.keys()) if (!variables.has(name)) place(name);

  const slots = phase ? slotCount(phase.optimizer) : 0;
  return {
    variables,
    updates,
    slots,
    elements: {
      weights: end,
      gradients: trainedElements,
      slot0: slots >= 1 ? trainedElements : 0,
      slot1: slots >= 2 ? trainedElements : 0,
    },
  };
}
