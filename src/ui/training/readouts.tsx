import { type TimeLeft, timeLeft } from '../../store/training/time-left';
import { type TrainingState, waitShare } from '../../store/training/training-reducer';
import {
  formatCount,
  formatDuration,
  formatLoss,
  formatPercent,
  formatRate,
  formatShare,
  formatSpeed,
  formatTook,
} from '../format';
import { useThawState } from '../thaw-context';
import styles from './training.module.css';

/** The numbers of the run, each in a place that never moves. */
export function Readouts() {
  const training = useThawState((state) => state.training);
  return (
    <dl className={styles.readouts}>
      {describeRun(training).map(([name, value]) => (
        <div key={name} className={styles.readout}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

function describeRun(training: TrainingState): readonly (readonly [name: string, value: string])[] {
  const last = training.records.at(-1) ?? null;
  const steps = training.epochs * training.stepsPerEpoch;
  return [
    ['Step', steps === 0 ? '–' : `${formatCount(training.stepsDone)} / ${formatCount(steps)}`],
    ['Epoch', training.epoch === null ? '–' : `${training.epoch} / ${training.epochs - 1}`],
    ['Loss, training', formatLoss(training.stepLoss)],
    ['Loss, validation', formatLoss(last?.valLoss ?? null)],
    ['Accuracy, training', formatShare(training.epochAccuracy ?? last?.trainAccuracy ?? null)],
    ['Accuracy, validation', formatShare(last?.valAccuracy ?? null)],
    ['Rate, head', formatRate(training.headLr) || '–'],
    ['Rate, backbone', formatRate(training.backboneLr) || '–'],
    ['Steps a second', formatSpeed(training.stepMs)],
    ['Waiting for pictures', formatPercent(waitShare(training))],
    ['Last epoch', last === null ? '–' : formatTook(last.ms)],
    ['Time left', describeTimeLeft(training)],
  ];
}

function describeTimeLeft(training: TrainingState): string {
  const left: TimeLeft | null =
    training.status === 'running' || training.status === 'paused' ? timeLeft(training) : null;
  if (left === null) return '–';
  return `${left.kind === 'atLeast' ? '≥ ' : ''}${formatDuration(left.ms)}`;
}
