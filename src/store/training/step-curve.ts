/**
 * The training loss of every step, thinned so that a run of any length draws as quickly as a short one:
 * each point is the mean of `stride` neighbouring steps, and the stride doubles whenever `MAX_POINTS` are full.
 */
export interface StepCurve {
  /** Steps a full point stands for. */
  readonly stride: number;
  /** Means of `stride` steps each, the oldest first. */
  readonly points: readonly number[];
  /** Sum and count of the steps that do not yet fill a point. */
  readonly restSum: number;
  readonly restCount: number;
}

const MAX_POINTS = 1200;

export const EMPTY_CURVE: StepCurve = { stride: 1, points: [], restSum: 0, restCount: 0 };

/** @returns the curve with the losses of further steps; one copy however many there are. */
export function appendLosses(curve: StepCurve, losses: readonly number[]): StepCurve {
  let { stride, restSum, restCount } = curve;
  let points = [...curve.points];
  for (const loss of losses) {
    restSum += loss;
    restCount += 1;
    if (restCount < stride) continue;
    points.push(restSum / restCount);
    restSum = 0;
    restCount = 0;
    if (points.length === MAX_POINTS) {
      points = halve(points);
      stride *= 2;
    }
  }
  return { stride, points, restSum, restCount };
}

/** @returns where a point lies on the time axis, in steps: the middle of those it stands for. */
export function stepOfPoint(curve: StepCurve, index: number): number {
  return (index + 0.5) * curve.stride;
}

function halve(points: readonly number[]): number[] {
  const half: number[] = [];
  for (let i = 0; i + 1 < points.length; i += 2) half.push((points[i]! + points[i + 1]!) / 2);
  return half;
}
