import type { CombinationCost, CostReport } from '../../core/run/cost-report';

/** A report that can be told from another by its seconds. */
export function costReport(seconds: number): CostReport {
  return {
    engine: 'test',
    phases: [],
    seconds,
    combinations: [],
    memory: { peakBytes: 1, limitBytes: 2, proposal: null },
  };
}

/** With the seconds of the frozen phase when BatchNorm trains in it and when it does not. */
export function combinationCosts(
  chosenFrozen: boolean,
  trainedSeconds: number,
  frozenSeconds: number,
): readonly CombinationCost[] {
  return [true, false].flatMap((trainBnFrozenPhase) =>
    [true, false].map((trainBnUnfrozenPhase) => {
      const seconds = trainBnFrozenPhase ? trainedSeconds : frozenSeconds;
      return {
        trainBnFrozenPhase,
        trainBnUnfrozenPhase,
        isChosen: trainBnFrozenPhase === chosenFrozen && trainBnUnfrozenPhase,
        frozenSeconds: seconds,
        unfrozenSeconds: 1,
        seconds: seconds + 1,
        keepsFrozenValues: !trainBnFrozenPhase,
        frozenTimes: seconds / Math.min(trainedSeconds, frozenSeconds),
      };
    }),
  );
}
