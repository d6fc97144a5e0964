import { type BatchNormMode, FROZEN_BATCH_NORM } from '../batch-norm';
import { ThawError } from '../errors';
import { type Layer, type LayerGraph, parameterCount } from '../graph/graph';
import type { LayerMode, PhasePlan } from '../phase-plan';
import type { LayerStatus } from './layer-status';
import type { LayerChange } from './measure-change';
import { parametersOf, type VariableGroup, variableGroups } from './variable-groups';

/** What one phase does to a network: the rows of the layer table and what the executor gets, of one piece. */
export interface PhaseView {
  readonly layers: readonly LayerStatus[];
  /** Trained variables in graph order, each with the index of its optimizer group. */
  readonly trained: readonly { readonly name: string; readonly group: number }[];
  /** By layer name, for every BatchNorm layer of the graph. */
  readonly batchNorm: ReadonlyMap<string, BatchNormMode>;
}

/**
 * The one function behind the layer table and the optimizer's variables: a row says `trainable` exactly
 * when its variables are among `trained`, so the table cannot lie.
 *
 * @param rates one a group that has joined by this phase (`RateState.rates`)
 * @throws ThawError `internal` for a phase, a mode or a rate that the plan lacks
 */
export function phaseView(
  graph: LayerGraph,
  plan: PhasePlan,
  phaseIndex: number,
  rates: readonly number[],
): PhaseView {
  const phase = plan.phases[phaseIndex];
  if (phase === undefined) throw new ThawError('internal', `The plan has no phase ${phaseIndex}.`);
  const groupOf = groupByVariable(variableGroups(graph, plan));
  const trained: { name: string; group: number }[] = [];
  const batchNorm = new Map<string, BatchNormMode>();

  const layers = graph.layers.map((layer): LayerStatus => {
    const mode = modeOf(layer, phase.modes);
    if (mode?.bn) batchNorm.set(layer.name, mode.bn);
    let learningRate: number | null = null;
    for (const weight of mode?.trainable === true ? parametersOf(layer) : []) {
      const group = groupOf.get(weight.name);
      const rate = group === undefined ? undefined : rates[group];
      if (group === undefined || rate === undefined) {
        throw new ThawError('internal', `The group of "${weight.name}" has no learning rate yet.`);
      }
      trained.push({ name: weight.name, group });
      learningRate = rate;
    }
    return {
      name: layer.name,
      type: layer.type,
      part: layer.part,
      parameters: parameterCount(layer),
      trainable: mode === null ? null : learningRate !== null,
      bn: mode?.bn ?? null,
      learningRate,
      weightChange: null,
      statisticsChange: null,
      changesAtBoundary: changesAtBoundary(layer, plan),
    };
  });
  return { layers, trained, batchNorm };
}

/**
 * The table of a network for which nothing is planned yet (no data, so no head): at rest nothing trains,
 * and BatchNorm normalises by its running statistics.
 */
export function layersAtRest(graph: LayerGraph): readonly LayerStatus[] {
  return graph.layers.map((layer) => ({
    name: layer.name,
    type: layer.type,
    part: layer.part,
    parameters: parameterCount(layer),
    trainable: layer.weights.length === 0 ? null : false,
    bn: layer.kind === 'batchNorm' ? FROZEN_BATCH_NORM : null,
    learningRate: null,
    weightChange: null,
    statisticsChange: null,
    changesAtBoundary: false,
  }));
}

/** @returns the rows with what was measured, by layer name; a row without measurement keeps null. */
export function withMeasuredChange(
  layers: readonly LayerStatus[],
  changes: ReadonlyMap<string, LayerChange>,
): readonly LayerStatus[] {
  return layers.map((layer) => ({ ...layer, ...changes.get(layer.name) }));
}

function modeOf(layer: Layer, modes: ReadonlyMap<string, LayerMode>): LayerMode | null {
  if (layer.weights.length === 0) return null;
  const mode = modes.get(layer.name);
  if (mode === undefined || (layer.kind === 'batchNorm') !== (mode.bn !== null)) {
    throw new ThawError('internal', `The plan gives no proper mode for the layer "${layer.name}".`);
  }
  return mode;
}

function groupByVariable(groups: readonly VariableGroup[]): ReadonlyMap<string, number> {
  return new Map(groups.flatMap(({ variables }, index) => variables.map((name) => [name, index] as const)));
}

function changesAtBoundary(layer: Layer, plan: PhasePlan): boolean {
  const first = plan.phases[0]?.modes.get(layer.name);
  if (first === undefined) return false;
  return plan.phases.some((phase) => {
    const mode = phase.modes.get(layer.name);
    return mode !== undefined && !sameMode(first, mode);
  });
}

function sameMode(a: LayerMode, b: LayerMode): boolean {
  return (
    a.trainable === b.trainable &&
    a.bn?.affine === b.bn?.affine &&
    a.bn?.normaliser === b.bn?.normaliser &&
    a.bn?.statistics === b.bn?.statistics
  );
}
