import { ThawError } from '../errors';
import type { Layer, LayerGraph } from '../graph/graph';
import type { ResolvedTrainConfig } from '../options/resolved-config';
import type { PhasePlan } from '../phase-plan';
import { compileBackboneFinetuning } from './compile-backbone-finetuning';
import { firstTrainedPhase, parametersOf } from './variable-groups';

export interface LightningDifference {
  readonly what: string;
  readonly thaw: string;
  readonly lightning: string;
}

/**
 * What PyTorch Lightning 2.6 would do otherwise with the present choice; empty where it does the same.
 *
 * Lightning's callback has one switch, `train_bn`, read when the backbone is unfrozen; in the frozen phase
 * BatchNorm always trains. So its side is the preset with the unfrozen phase's switch alone, and with the
 * usual optimizer over what requires a gradient at the start.
 */
export function compareWithLightning(
  graph: LayerGraph,
  config: ResolvedTrainConfig,
): readonly LightningDifference[] {
  if (config.phases !== null || config.ftsSchedule !== null) return [OTHER_PLAN];
  const layers = graph.layers.filter(({ part, kind }) => part === 'backbone' && kind === 'batchNorm');
  // All that have gamma and beta behave alike; one without has less to differ in.
  const layer = layers.find((candidate) => parametersOf(candidate).length > 0) ?? layers[0];
  if (layer === undefined) return [];
  const thaw = compileBackboneFinetuning(graph, config).plan;
  const callback: ResolvedTrainConfig = { ...config, preset: 'lightning-2.6', trainBnFrozenPhase: true };
  const lightning = compileBackboneFinetuning(graph, callback).plan;

  return thaw.phases.flatMap((phase, index) => {
    // Unfreezing at epoch 0 leaves the frozen phase no epoch to differ in.
    if (phase.kind === 'frozen' && config.unfreezeBackboneAtEpoch === 0) return [];
    const ours = factsOf(layer, thaw, index);
    const theirs = factsOf(layer, lightning, index);
    const when = phase.kind === 'frozen' ? 'in the frozen phase' : 'after unfreezing';
    return FACTS.map(({ what, key }) => ({
      what: `BatchNorm’s ${what} ${when}`,
      thaw: ours[key],
      lightning: theirs[key],
    })).filter((row) => row.thaw !== row.lightning);
  });
}

const OTHER_PLAN: LightningDifference = {
  what: 'Phases',
  thaw: 'those of the plan that was given',
  lightning: 'two: the backbone frozen, then all of it at once',
};

const FACTS = [
  { what: 'gamma and beta', key: 'affine' },
  { what: 'learning rate', key: 'rate' },
  { what: 'normaliser', key: 'normaliser' },
  { what: 'running statistics', key: 'statistics' },
] as const;

function factsOf(
  layer: Layer,
  plan: PhasePlan,
  phaseIndex: number,
): Readonly<Record<(typeof FACTS)[number]['key'], string>> {
  const mode = plan.phases[phaseIndex]?.modes.get(layer.name);
  if (!mode?.bn) throw new ThawError('internal', `The plan gives no mode for "${layer.name}".`);
  const { affine, normaliser, statistics } = mode.bn;
  const joined = firstTrainedPhase(layer, plan);
  return {
    affine,
    rate: !mode.trainable ? 'none' : joined === 0 ? 'the head’s' : 'the backbone’s',
    normaliser: `${normaliser} statistics`,
    statistics,
  };
}
