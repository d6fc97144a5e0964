import type { ResolvedTrainConfig } from '../options/resolved-config';
import type { PhaseKind } from '../phase-plan';

export interface PhaseBehaviour {
  readonly phase: PhaseKind;
  readonly backbone: 'trainable' | 'frozen';
  readonly batchNorm: 'trainable' | 'frozen';
}

/**
 * The cells of the table `Phase behaviour`: what the options make of the backbone and of its BatchNorm
 * before and after unfreezing. Under the Lightning preset a BatchNorm that trained in the frozen phase
 * goes on training, whatever the second switch says.
 */
export function phaseBehaviour(
  options: Pick<ResolvedTrainConfig, 'trainBnFrozenPhase' | 'trainBnUnfrozenPhase' | 'preset'>,
): readonly [PhaseBehaviour, PhaseBehaviour] {
  const goesOn = options.preset !== null && options.trainBnFrozenPhase;
  return [
    { phase: 'frozen', backbone: 'frozen', batchNorm: word(options.trainBnFrozenPhase) },
    { phase: 'unfrozen', backbone: 'trainable', batchNorm: word(options.trainBnUnfrozenPhase || goesOn) },
  ];
}

function word(trains: boolean): 'trainable' | 'frozen' {
  return trains ? 'trainable' : 'frozen';
}
