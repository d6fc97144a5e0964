import { FROZEN_BATCH_NORM, TRAINABLE_BATCH_NORM } from './batch-norm';
import { ThawError } from './errors';
import type { Layer, LayerGraph } from './graph';
import type { JoiningGroupRate, LayerMode, Phase, PhasePlan, PhaseStart } from './phase-plan';
import { checkPlan } from './plan-check';
import type { ResolvedTrainConfig } from './resolved-config';
import type { Warning } from './train-config';
import { firstTrainedPhase, parametersOf } from './variable-groups';

/** One phase of a schedule of one's own: which backbone layers join, when, and at which rate. */
export interface PhaseSpec {
  readonly name: string;
  readonly start: PhaseStart;
  /** Backbone layers that train from here on. The head trains from the start, without being named. */
  readonly layers: readonly string[];
  /** Null: the head's rate / `initialDenomLr`, then moved by the schedule alone. */
  readonly rate: JoiningGroupRate | null;
}

/**
 * Compiles a schedule of any number of phases. The two BatchNorm switches keep their meaning, layer by
 * layer: `trainBnFrozenPhase` for a BatchNorm of the backbone that has not joined yet, and
 * `trainBnUnfrozenPhase` for one that has. A first phase without layers and a second with the whole
 * backbone is the callback's plan.
 *
 * A layer that is named again is skipped with a warning, as Lightning skips parameters that the optimizer
 * already has.
 *
 * @throws ThawError `layer-unknown`, `conflicting-options` (the Lightning preset has two phases),
 *   `invalid-option` (`checkPlan`)
 */
export function compilePhases(
  graph: LayerGraph,
  specs: readonly PhaseSpec[],
  config: ResolvedTrainConfig,
): { readonly plan: PhasePlan; readonly warnings: readonly Warning[] } {
  if (config.preset !== null) {
    throw new ThawError(
      'conflicting-options',
      'The Lightning preset has phases of its own. Leave one of them out.',
    );
  }
  const warnings: Warning[] = [];
  const joined = new Set<string>();
  const phases = specs.map((spec, index): Phase => {
    for (const name of spec.layers) join(graph, spec, name, joined, warnings);
    const modes = graph.layers
      .filter((layer) => layer.weights.length > 0)
      .map((layer) => [layer.name, modeOf(layer, joined.has(layer.name), config)] as const);
    const divisor = { initial: { kind: 'divisor', divisor: config.initialDenomLr } } as const;
    return {
      name: spec.name,
      kind: joined.size > 0 ? 'unfrozen' : 'frozen',
      start: spec.start,
      modes: new Map(modes),
      joining:
        index === 0 ? null : (spec.rate ?? { ...divisor, multiplierAtEpoch: null, alignToHead: false }),
    };
  });
  const plan = { phases };
  checkPlan(graph, plan, config.epochs);
  return { plan, warnings };
}

/** @returns the layers that train for the first time in a phase, in graph order */
export function joiningLayers(graph: LayerGraph, plan: PhasePlan, phaseIndex: number): readonly Layer[] {
  return graph.layers.filter((layer) => firstTrainedPhase(layer, plan) === phaseIndex);
}

function join(
  graph: LayerGraph,
  spec: PhaseSpec,
  name: string,
  joined: Set<string>,
  warnings: Warning[],
): void {
  const layer = graph.layers.find((candidate) => candidate.name === name);
  if (layer === undefined || layer.part !== 'backbone' || layer.weights.length === 0) {
    throw new ThawError(
      'layer-unknown',
      `The phase "${spec.name}" names "${name}", which is no backbone layer with weights.`,
    );
  }
  if (joined.has(name)) {
    warnings.push({
      code: 'duplicate-parameters',
      message: `The phase "${spec.name}" names "${name}" again. It is in the optimizer already and stays in its group.`,
    });
  }
  joined.add(name);
}

function modeOf(layer: Layer, joined: boolean, config: ResolvedTrainConfig): LayerMode {
  const parameters = parametersOf(layer).length > 0;
  if (layer.kind !== 'batchNorm')
    return { trainable: parameters && (layer.part === 'head' || joined), bn: null };
  const trains = layer.part === 'head' || (joined ? config.trainBnUnfrozenPhase : config.trainBnFrozenPhase);
  if (!trains) return { trainable: false, bn: FROZEN_BATCH_NORM };
  return {
    trainable: parameters,
    bn: { ...TRAINABLE_BATCH_NORM, affine: parameters ? 'trained' : 'frozen' },
  };
}
