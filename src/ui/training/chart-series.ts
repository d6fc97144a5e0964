import type { EpochRecord } from '../../core/run/run-record';
import { type StepCurve, stepOfPoint } from '../../store/training/step-curve';

/** Times in epochs, then a list a line, as the chart wants them. */
export type ChartSeries = readonly (readonly (number | null)[])[];

/** Training loss by step and validation loss by epoch on one time axis. */
export function lossSeries(
  curve: StepCurve,
  stepsPerEpoch: number,
  records: readonly EpochRecord[],
): ChartSeries {
  const times: number[] = [];
  const training: (number | null)[] = [];
  const validation: (number | null)[] = [];
  let next = 0;
  const pushRecordsUpTo = (time: number) => {
    for (
      let record = records[next];
      record !== undefined && record.epoch + 1 <= time;
      record = records[next]
    ) {
      times.push(record.epoch + 1);
      training.push(null);
      validation.push(finite(record.valLoss));
      next += 1;
    }
  };
  curve.points.forEach((loss, index) => {
    const time = stepOfPoint(curve, index) / Math.max(stepsPerEpoch, 1);
    pushRecordsUpTo(time);
    times.push(time);
    training.push(finite(loss));
    validation.push(null);
  });
  pushRecordsUpTo(Number.POSITIVE_INFINITY);
  return [times, training, validation];
}

/** Training and validation accuracy at the end of each epoch. */
export function accuracySeries(records: readonly EpochRecord[]): ChartSeries {
  return [
    records.map(({ epoch }) => epoch + 1),
    records.map(({ trainAccuracy }) => finite(trainAccuracy)),
    records.map(({ valAccuracy }) => finite(valAccuracy)),
  ];
}

function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
