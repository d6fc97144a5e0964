import { useMemo } from 'react';
import { formatShare } from '../format';
import { useThawState } from '../thaw-context';
import { accuracySeries } from './chart-series';
import { type ChartLine, LineChart } from './line-chart';
import { usePlannedTime } from './planned-time';

const LINES: readonly ChartLine[] = [
  { label: 'training', colour: '--warm-fill', width: 1.5, points: true },
  { label: 'validation', colour: '--ink', width: 2, dash: [6, 3], points: true },
];

const RANGE = [0, 1] as const;

export function AccuracyChart() {
  const records = useThawState((state) => state.training.records);
  const { epochs, boundaryEpoch } = usePlannedTime();
  const data = useMemo(() => accuracySeries(records), [records]);
  const last = records.at(-1);
  return (
    <LineChart
      title="Accuracy"
      lines={LINES}
      data={data}
      epochs={epochs}
      boundaryEpoch={boundaryEpoch}
      range={RANGE}
      description={
        last === undefined
          ? 'nothing trained yet'
          : `training ${formatShare(last.trainAccuracy)}, validation ${formatShare(last.valAccuracy)} after epoch ${last.epoch}`
      }
    />
  );
}
