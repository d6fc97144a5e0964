import { isStatistic, type Layer, type LayerGraph, type WeightSpec } from '../graph/graph';
import type { PhasePlan } from '../phase-plan';

/** Variables that share a learning rate. */
export interface VariableGroup {
  /** The phase in which its variables train for the first time. */
  readonly phaseIndex: number;
  /** Names in graph order. */
  readonly variables: readonly string[];
}

/** The weights of a layer that an optimizer can move: all but running statistics. */
export function parametersOf(layer: Layer): readonly WeightSpec[] {
  return layer.weights.filter((weight) => !isStatistic(weight.role));
}

/** @returns the first phase in which the layer trains, or null where it never does. */
export function firstTrainedPhase(layer: Layer, plan: PhasePlan): number | null {
  if (parametersOf(layer).length === 0) return null;
  const index = plan.phases.findIndex((phase) => phase.modes.get(layer.name)?.trainable === true);
  return index < 0 ? null : index;
}

/**
 * The optimizer's groups of a whole run. Group 0 is what trains in phase 0 (it may be empty in theory; a
 * checked plan has something in it); each later phase in which variables train for the first time adds
 * one. Every variable that ever trains is in exactly one group and stays there.
 */
export function variableGroups(graph: LayerGraph, plan: PhasePlan): readonly VariableGroup[] {
  const byPhase = new Map<number, string[]>([[0, []]]);
  for (const layer of graph.layers) {
    const phaseIndex = firstTrainedPhase(layer, plan);
    if (phaseIndex === null) continue;
    const variables = byPhase.get(phaseIndex) ?? [];
    variables.push(...parametersOf(layer).map((weight) => weight.name));
    byPhase.set(phaseIndex, variables);
  }
  return [...byPhase].sort(([a], [b]) => a - b).map(([phaseIndex, variables]) => ({ phaseIndex, variables }));
}
