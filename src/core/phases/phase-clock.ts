import type { PhasePlan } from '../phase-plan';

/** Where a run stands in its plan: plain data, kept with a run and resumed from. */
export interface ClockState {
  /** The epoch that comes next (or goes on). */
  readonly epoch: number;
  /** The phase that this epoch is in. */
  readonly phaseIndex: number;
  /** Lowest validation loss since the phase began; null before the first. */
  readonly bestLoss: number | null;
  /** Epochs of the phase since validation loss last fell by the next phase's `minDelta`. */
  readonly stalledEpochs: number;
}

/** Before epoch 0. Phases that start at epoch 0 have been passed already: the last of them is entered. */
export function startClock(plan: PhasePlan): ClockState {
  return passDuePhases({ epoch: 0, phaseIndex: 0, bestLoss: null, stalledEpochs: 0 }, plan);
}

/**
 * After an epoch. A stalled loss is judged within the present phase (a phase often begins with a jump),
 * and moves the plan on by one phase; reached epochs move it on as far as they say.
 *
 * @param valLoss of the epoch that ended; NaN (nothing was validated) neither falls nor stalls
 */
export function advanceClock(state: ClockState, plan: PhasePlan, valLoss: number): ClockState {
  const epoch = state.epoch + 1;
  const start = plan.phases[state.phaseIndex + 1]?.start;
  if (start?.kind !== 'stalled') return passDuePhases({ ...state, epoch }, plan);

  const counted = countLoss(state, valLoss, start.minDelta);
  const stalled = counted.stalledEpochs >= start.patience;
  const next = stalled ? nextPhase({ ...counted, epoch }) : { ...counted, epoch };
  return passDuePhases(next, plan);
}

function countLoss(state: ClockState, valLoss: number, minDelta: number): ClockState {
  if (Number.isNaN(valLoss)) return state;
  const fell = state.bestLoss === null || valLoss < state.bestLoss - minDelta;
  return fell
    ? { ...state, bestLoss: valLoss, stalledEpochs: 0 }
    : { ...state, stalledEpochs: state.stalledEpochs + 1 };
}

function passDuePhases(state: ClockState, plan: PhasePlan): ClockState {
  let current = state;
  for (;;) {
    const start = plan.phases[current.phaseIndex + 1]?.start;
    if (start === undefined) return current;
    const dueEpoch = start.kind === 'epoch' ? start.epoch : start.atLatestEpoch;
    if (dueEpoch === null || current.epoch < dueEpoch) return current;
    current = nextPhase(current);
  }
}

function nextPhase(state: ClockState): ClockState {
  return { ...state, phaseIndex: state.phaseIndex + 1, bestLoss: null, stalledEpochs: 0 };
}
