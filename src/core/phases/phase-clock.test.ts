import { describe, expect, it } from 'vitest';
import type { Phase, PhasePlan, PhaseStart } from '../phase-plan';
import { advanceClock, startClock } from './phase-clock';

function planOf(...starts: readonly PhaseStart[]): PhasePlan {
  const first: PhaseStart = { kind: 'epoch', epoch: 0 };
  return {
    phases: [first, ...starts].map(
      (start, index): Phase => ({
        name: `phase ${index}`,
        kind: index === 0 ? 'frozen' : 'unfrozen',
        start,
        modes: new Map(),
        joining: null,
      }),
    ),
  };
}

/** The phase of every epoch, the state going through JSON after each. */
function phasesOf(plan: PhasePlan, valLosses: readonly number[]): readonly number[] {
  let clock = startClock(plan);
  const phases = [clock.phaseIndex];
  for (const loss of valLosses) {
    clock = JSON.parse(JSON.stringify(advanceClock(clock, plan, loss)));
    phases.push(clock.phaseIndex);
  }
  return phases;
}

const at = (epoch: number): PhaseStart => ({ kind: 'epoch', epoch });
const stalled = (patience: number, minDelta = 0, atLatestEpoch: number | null = null): PhaseStart => ({
  kind: 'stalled',
  patience,
  minDelta,
  atLatestEpoch,
});

describe('the phase clock', () => {
  it('starts phases at their epochs, and several at once', () => {
    expect(phasesOf(planOf(at(2)), [1, 1, 1])).toEqual([0, 0, 1, 1]);
    expect(phasesOf(planOf(at(0)), [1, 1])).toEqual([1, 1, 1]);
    expect(phasesOf(planOf(at(1), at(1), at(3)), [1, 1, 1])).toEqual([0, 2, 2, 3]);
  });

  it('waits until the loss has not fallen for as long as patience says', () => {
    expect(phasesOf(planOf(stalled(2)), [5, 4, 4, 3, 3, 3.5, 1])).toEqual([0, 0, 0, 0, 0, 0, 1, 1]);
  });

  it('does not count a fall of less than minDelta', () => {
    expect(phasesOf(planOf(stalled(1, 0.5)), [5, 4.6])).toEqual([0, 0, 1]);
    expect(phasesOf(planOf(stalled(1, 0.3)), [5, 4.6])).toEqual([0, 0, 0]);
  });

  it('judges each phase by its own losses', () => {
    // The new phase begins with a jump to 9; falling from there is falling.
    expect(phasesOf(planOf(stalled(1), stalled(1)), [2, 2, 9, 8, 7, 7])).toEqual([0, 0, 1, 1, 1, 1, 2]);
  });

  it('starts at the latest epoch, whatever the loss does', () => {
    expect(phasesOf(planOf(stalled(3, 0, 2)), [5, 4, 3])).toEqual([0, 0, 1, 1]);
  });

  it('neither stalls nor falls without a validation', () => {
    const none = Number.NaN;
    expect(phasesOf(planOf(stalled(1)), [none, none, none])).toEqual([0, 0, 0, 0]);
    expect(phasesOf(planOf(stalled(1, 0, 2)), [none, none])).toEqual([0, 0, 1]);
  });
});
