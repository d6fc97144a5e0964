import { useMemo } from 'react';
import { formatLoss } from '../format';
import { useThawState } from '../thaw-context';
import { lossSeries } from './chart-series';
import { type ChartLine, LineChart } from './line-chart';
import { usePlannedTime } from './planned-time';

const LINES: readonly ChartLine[] = [
  { label: 'training', colour: '--warm-fill', width: 1, points: false },
  { label: 'validation', colour: '--ink', width: 2, dash: [6, 3], points: true },
];

export function LossChart() {
  const curve = useThawState((state) => state.training.curve);
  const records = useThawState((state) => state.training.records);
  const stepsPerEpoch = useThawState((state) => state.training.stepsPerEpoch);
  const { epochs, boundaryEpoch } = usePlannedTime();
  const data = useMemo(() => lossSeries(curve, stepsPerEpoch, records), [curve, stepsPerEpoch, records]);
  const last = records.at(-1);
  return (
    <LineChart
      title="Loss"
      lines={LINES}
      data={data}
      epochs={epochs}
      boundaryEpoch={boundaryEpoch}
      range={null}
      description={
        last === undefined
          ? 'nothing trained yet'
          : `training ${formatLoss(last.trainLoss)}, validation ${formatLoss(last.valLoss)} after epoch ${last.epoch}`
      }
    />
  );
}
