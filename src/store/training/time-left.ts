import type { PhaseKind } from '../../core/phase-plan';
import type { TrainingState } from './training-reducer';

export interface TimeLeft {
  readonly ms: number;
  /** `atLeast` while no epoch of the slower phase to come has been measured. */
  readonly kind: 'about' | 'atLeast';
}

/** @returns how long the run still takes, from what its steps and epochs took so far; null before a step. */
export function timeLeft(state: TrainingState): TimeLeft | null {
  if (state.epoch === null || state.phase === null || state.stepMs === null) return null;
  const epochMs = state.stepMs * state.stepsPerEpoch;
  const measured = new Map<PhaseKind, number>([[state.phase, epochMs]]);
  // A whole epoch's time includes its validation, so it is better than the sum of steps.
  for (const record of state.records) measured.set(record.phase, record.ms);

  const stepsLeftInEpoch = state.stepsPerEpoch - state.epochSteps;
  let ms = stepsLeftInEpoch * state.stepMs;
  let kind: TimeLeft['kind'] = 'about';
  for (let epoch = state.epoch + 1; epoch < state.epochs; epoch++) {
    const isUnfrozen =
      state.phase === 'unfrozen' || (state.boundaryEpoch !== null && epoch >= state.boundaryEpoch);
    const phase = isUnfrozen ? 'unfrozen' : 'frozen';
    const phaseMs = measured.get(phase);
    if (phaseMs === undefined) kind = 'atLeast';
    ms += phaseMs ?? measured.get(state.phase)!;
  }
  return { ms, kind };
}
