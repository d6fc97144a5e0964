import { type BatchNormMode, FROZEN_BATCH_NORM, TRAINABLE_BATCH_NORM } from '../batch-norm';
import { ThawError } from '../errors';
import type { Layer, LayerGraph } from '../graph/graph';
import type { ResolvedTrainConfig } from '../options/resolved-config';
import type { Warning } from '../options/train-config';
import type { LayerMode, Phase, PhasePlan } from '../phase-plan';
import { requireBackbone } from './compile-phases';
import { parametersOf } from './variable-groups';

type Switches = Pick<ResolvedTrainConfig, 'trainBnFrozenPhase' | 'trainBnUnfrozenPhase' | 'preset'>;

/**
 * Compiles the callback's options to a plan: a frozen phase, then (unless the unfreezing epoch lies past
 * the last one) an unfrozen phase.
 *
 * With `unfreezeBackboneAtEpoch: 0` both phases start at epoch 0, so no epoch is spent in the first. It is
 * still there, because it says what group 0 is: the callback freezes before training and the optimizer
 * takes what requires a gradient then, so even there the backbone joins as a group of its own.
 *
 * The BatchNorm switches act on the backbone; every layer of the head trains in every phase.
 *
 * @throws ThawError `no-backbone` for a graph without backbone weights, `invalid-option` where nothing at
 *   all would train in the frozen phase
 */
export function compileBackboneFinetuning(
  graph: LayerGraph,
  config: ResolvedTrainConfig,
): { readonly plan: PhasePlan; readonly warnings: readonly Warning[] } {
  const weighted = graph.layers.filter((layer) => layer.weights.length > 0);
  const backbone = weighted.filter((layer) => layer.part === 'backbone');
  requireBackbone(graph);
  const frozen: Phase = {
    name: 'frozen phase',
    kind: 'frozen',
    start: { kind: 'epoch', epoch: 0 },
    modes: new Map(weighted.map((layer) => [layer.name, frozenMode(layer, config)])),
    joining: null,
  };
  const trains = weighted.some(
    (layer) => parametersOf(layer).length > 0 && frozen.modes.get(layer.name)?.trainable,
  );
  if (!trains) {
    throw new ThawError(
      'invalid-option',
      'Nothing would train in the frozen phase: the head has no weights. Choose a new head or an earlier backbone end.',
    );
  }
  const warnings = planWarnings(backbone, config);
  if (config.unfreezeBackboneAtEpoch >= config.epochs) return { plan: { phases: [frozen] }, warnings };
  const unfrozen: Phase = {
    name: 'unfrozen phase',
    kind: 'unfrozen',
    start: { kind: 'epoch', epoch: config.unfreezeBackboneAtEpoch },
    modes: new Map(weighted.map((layer) => [layer.name, unfrozenMode(layer, config)])),
    joining: {
      initial:
        config.backboneInitialLr === null
          ? { kind: 'ratio', ratio: config.backboneInitialRatioLr }
          : { kind: 'rate', rate: config.backboneInitialLr },
      multiplierAtEpoch: config.multiplierAtEpoch,
      alignToHead: config.shouldAlign,
    },
  };
  return { plan: { phases: [frozen, unfrozen] }, warnings };
}

function frozenMode(layer: Layer, switches: Switches): LayerMode {
  if (layer.part === 'head') return trainedMode(layer);
  if (layer.kind !== 'batchNorm') return { trainable: false, bn: null };
  if (switches.trainBnFrozenPhase) return trainedMode(layer);
  return { trainable: false, bn: backboneBatchNorm(switches, 'frozen') };
}

function unfrozenMode(layer: Layer, switches: Switches): LayerMode {
  if (layer.part === 'head' || layer.kind !== 'batchNorm') return trainedMode(layer);
  if (switches.trainBnUnfrozenPhase) return trainedMode(layer);
  // In Lightning 2.6 a BatchNorm that the optimizer already has is never taken from it: it goes on training.
  if (switches.preset === 'lightning-2.6' && switches.trainBnFrozenPhase) return trainedMode(layer);
  return { trainable: false, bn: backboneBatchNorm(switches, 'unfrozen') };
}

/** How a backbone BatchNorm whose gamma and beta do not train behaves otherwise. */
function backboneBatchNorm(switches: Switches, phase: Phase['kind']): BatchNormMode {
  if (switches.preset === null) return FROZEN_BATCH_NORM;
  // `freeze_module` takes the gradient and switches off tracking, but leaves the layer in training mode;
  // `make_trainable` switches tracking on again, whatever `train_bn` says.
  const statistics = phase === 'frozen' ? 'held' : 'updated';
  return { affine: 'frozen', normaliser: 'batch', statistics };
}

function trainedMode(layer: Layer): LayerMode {
  const trainable = parametersOf(layer).length > 0;
  if (layer.kind !== 'batchNorm') return { trainable, bn: null };
  // Without gamma and beta there is nothing to train, but the statistics move all the same.
  return { trainable, bn: { ...TRAINABLE_BATCH_NORM, affine: trainable ? 'trained' : 'frozen' } };
}

function planWarnings(backbone: readonly Layer[], config: ResolvedTrainConfig): readonly Warning[] {
  const warnings: Warning[] = [];
  const { preset, epochs, unfreezeBackboneAtEpoch } = config;
  if (unfreezeBackboneAtEpoch >= epochs) {
    warnings.push({
      code: 'never-unfrozen',
      message:
        `The backbone stays frozen: it would be unfrozen at epoch ${unfreezeBackboneAtEpoch}, ` +
        `and the last of the ${epochs} epochs is epoch ${epochs - 1}.`,
    });
  }
  if (!backbone.some((layer) => layer.kind === 'batchNorm')) {
    warnings.push({
      code: 'no-batch-norm',
      message: 'This backbone has no BatchNorm, so the two BatchNorm switches have nothing to act on.',
    });
  } else if (preset !== null && config.trainBnFrozenPhase && !config.trainBnUnfrozenPhase) {
    warnings.push({
      code: 'preset-ignores-option',
      message:
        'As in Lightning 2.6, `trainBnUnfrozenPhase: false` changes nothing here: BatchNorm is in the ' +
        "optimizer's first group from the frozen phase on and goes on training at the head's rate.",
    });
  }
  return warnings;
}
