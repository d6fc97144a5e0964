import { type BatchNormMode, FROZEN_BATCH_NORM, TRAINABLE_BATCH_NORM } from '../batch-norm';
import { ThawError } from '../errors';
import type { Layer, LayerGraph } from '../graph/graph';
import type { ResolvedTrainConfig } from '../options/resolved-config';
import type { Warning } from '../options/train-config';
import type { LayerMode, Phase, PhasePlan, PhaseSpec } from '../phase-plan';
import { isPattern, selectLayers } from './layer-selector';
import { checkPlan } from './plan-check';
import { firstTrainedPhase, parametersOf } from './variable-groups';

/**
 * Compiles a schedule of any number of phases. The two BatchNorm switches keep their meaning, layer by
 * layer: `trainBnFrozenPhase` for a BatchNorm of the backbone that has not joined yet, and
 * `trainBnUnfrozenPhase` for one that has, unless the phase says it itself. A first phase without layers and
 * a second with the whole backbone is the callback's plan.
 *
 * A layer that is named again is skipped with a warning, as Lightning skips parameters that the optimizer
 * already has; a pattern means those that are left.
 *
 * @throws ThawError `no-backbone`, `layer-unknown`, `conflicting-options` (the Lightning preset has two
 *   phases), `invalid-option` (`checkPlan`)
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
  requireBackbone(graph);
  const warnings: Warning[] = [];
  const joined = new Set<string>();
  const weighted = graph.layers.filter((layer) => layer.weights.length > 0);
  const phases = specs.map((spec, index): Phase => {
    for (const selector of spec.layers) join(graph, spec, selector, joined, warnings);
    const own = ownModes(graph, spec);
    const modes = weighted.map(
      (layer) => [layer.name, modeOf(layer, joined.has(layer.name), own, config)] as const,
    );
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
  checkPlan(graph, { phases }, config.epochs);
  const reached = dropNeverReached({ phases }, config.epochs);
  return { plan: reached.plan, warnings: [...warnings, ...reached.warnings] };
}

/** @throws ThawError `no-backbone` for a graph without backbone weights */
export function requireBackbone(graph: LayerGraph): void {
  if (graph.layers.some((layer) => layer.part === 'backbone' && layer.weights.length > 0)) return;
  throw new ThawError(
    'no-backbone',
    `The network "${graph.name}" has no weights up to its backbone's end. Choose a later backbone end.`,
  );
}

/** Phases that begin past the last epoch are left out, and a warning says so. */
export function dropNeverReached(
  { phases }: PhasePlan,
  epochs: number,
): { readonly plan: PhasePlan; readonly warnings: readonly Warning[] } {
  const first = phases.findIndex(({ start }) => start.kind === 'epoch' && start.epoch >= epochs);
  if (first < 0) return { plan: { phases }, warnings: [] };
  const { name, start } = phases[first]!;
  const message =
    `The phase "${name}" is never reached: it would begin at epoch ${start.kind === 'epoch' && start.epoch}, ` +
    `and the last of the ${epochs} epochs is epoch ${epochs - 1}.`;
  return { plan: { phases: phases.slice(0, first) }, warnings: [{ code: 'never-unfrozen', message }] };
}

/** @returns the layers that train for the first time in a phase, in graph order */
export function joiningLayers(graph: LayerGraph, plan: PhasePlan, phaseIndex: number): readonly Layer[] {
  return graph.layers.filter((layer) => firstTrainedPhase(layer, plan) === phaseIndex);
}

function join(
  graph: LayerGraph,
  spec: PhaseSpec,
  selector: string,
  joined: Set<string>,
  warnings: Warning[],
): void {
  const layers = selectLayers(graph, selector, `The phase "${spec.name}"`);
  const fresh = layers.filter(({ name }) => !joined.has(name));
  if (fresh.length === 0) {
    const subject = isPattern(selector) ? 'Those layers are' : 'It is';
    const verb = isPattern(selector) ? 'stay in their groups' : 'stays in its group';
    warnings.push({
      code: 'duplicate-parameters',
      message: `The phase "${spec.name}" names "${selector}" again. ${subject} in the optimizer already and ${verb}.`,
    });
  }
  for (const { name } of fresh) joined.add(name);
}

function ownModes(graph: LayerGraph, spec: PhaseSpec): ReadonlyMap<string, BatchNormMode> {
  const where = `\`batchNorm\` of the phase "${spec.name}"`;
  return new Map(
    Object.entries(spec.batchNorm ?? {}).flatMap(([selector, mode]) =>
      selectLayers(graph, selector, where, 'batchNorm').map(({ name }) => [name, mode] as const),
    ),
  );
}

function modeOf(
  layer: Layer,
  joined: boolean,
  own: ReadonlyMap<string, BatchNormMode>,
  config: ResolvedTrainConfig,
): LayerMode {
  const parameters = parametersOf(layer).length > 0;
  if (layer.kind !== 'batchNorm')
    return { trainable: parameters && (layer.part === 'head' || joined), bn: null };
  const trains = layer.part === 'head' || (joined ? config.trainBnUnfrozenPhase : config.trainBnFrozenPhase);
  const mode = own.get(layer.name) ?? (trains ? TRAINABLE_BATCH_NORM : FROZEN_BATCH_NORM);
  const trainable = parameters && mode.affine === 'trained';
  return { trainable, bn: { ...mode, affine: trainable ? 'trained' : 'frozen' } };
}
