import type { Preparation } from '../../core/run/events';
import { type TrainingState, type TrainingStatus, waitShare } from '../../store/training/training-reducer';
import { useThawState } from '../thaw-context';
import { describePhaseName } from './phase-name';
import styles from './training.module.css';

const STATUS_WORDS: Record<TrainingStatus, string> = {
  idle: 'not started',
  starting: 'starting',
  running: 'running',
  paused: 'paused',
  completed: 'completed',
  stopped: 'stopped',
  failed: 'failed',
};

/** Of the present epoch's time; the readouts have the number. */
const NOTICEABLE_WAIT = 0.1;

export function TrainingProgress() {
  const stepsDone = useThawState((state) => state.training.stepsDone);
  const steps = useThawState(({ training }) => training.epochs * training.stepsPerEpoch);
  const status = useThawState((state) => state.training.status);
  const preparation = useThawState((state) => state.training.preparation);
  const isWaiting = useThawState(
    ({ training }) => training.status === 'running' && (waitShare(training) ?? 0) >= NOTICEABLE_WAIT,
  );
  const phase = useThawState((state) => describePhase(state.training));
  return (
    <div className={styles.progressRow}>
      <progress
        className={styles.progress}
        aria-label="Training progress"
        value={stepsDone}
        max={Math.max(steps, 1)}
      />
      <p className={styles.status}>
        <span role="status" aria-label="Phase">
          {phase}
        </span>
        <PreparationLine preparation={preparation} />
        {preparation === null && (
          <span className={styles.statusWord}>
            {isWaiting ? 'running, waits for pictures' : STATUS_WORDS[status]}
          </span>
        )}
      </p>
    </div>
  );
}

const WORK_WORDS = { compiling: 'Compiling kernels', measuring: 'Measuring kernels' } as const;

/** The words alone are the status: a count that is read out for every kernel would drown them. */
function PreparationLine({ preparation }: { readonly preparation: Preparation | null }) {
  const words = preparation === null ? '' : WORK_WORDS[preparation.work];
  return (
    <span className={styles.preparation}>
      <span role="status" aria-label="Preparation">
        {words}
      </span>
      {preparation !== null && (
        <span
          role="progressbar"
          aria-label={words}
          aria-valuenow={preparation.done}
          aria-valuemin={0}
          aria-valuemax={preparation.total}
        >
          {`: ${preparation.done} of ${preparation.total}`}
        </span>
      )}
    </span>
  );
}

/** Changes once an epoch, so that a screen reader is not flooded. */
function describePhase({ phases, epoch, epochs }: TrainingState): string {
  const phase = phases.at(-1);
  if (phase === undefined || epoch === null) return 'no phase yet';
  return `${describePhaseName(phase)}, epoch ${epoch} of 0–${epochs - 1}`;
}
