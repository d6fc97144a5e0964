import { Pause, Play, Square, StepForward } from 'lucide-react';
import { isTraining } from '../../store/training/training-reducer';
import { Button } from '../controls/button';
import { Panel } from '../frame/panel';
import { PhaseStrip } from '../strips/phase-strip';
import { useThaw, useThawState } from '../thaw-context';
import { AccuracyChart } from './accuracy-chart';
import { EpochTable } from './epoch-table';
import { LossChart } from './loss-chart';
import { PlanDisclosure } from './plan-disclosure';
import { Readouts } from './readouts';
import { RunFilePresses } from './run-file-presses';
import { RunLog } from './run-log';
import { isOffered, RunOffer } from './run-offer';
import styles from './training.module.css';
import { TrainingProgress } from './training-progress';

export function TrainingPanel() {
  const { actions, attempt } = useThaw();
  const status = useThawState((state) => state.training.status);
  const hasBackbone = useThawState((state) => state.backbone.report !== null && !state.backbone.loading);
  const hasData = useThawState((state) => state.data.report !== null && state.data.progress === null);
  const training = isTraining(status);
  const canStart = hasBackbone && hasData && !training;
  const canResumeOffer = useThawState((state) => isOffered(state.kept)) && canStart;
  const press = (action: () => Promise<unknown>) => () => attempt('training', action);
  return (
    <Panel name="Training" number={4} messagesOf="training" summary={<NextPress />}>
      <div className={styles.presses}>
        <Button
          look={canResumeOffer ? 'plain' : 'next'}
          disabled={!canStart}
          onClick={press(actions.startTraining)}
        >
          <Play aria-hidden="true" size={15} />
          Start training
        </Button>
        <Button disabled={status !== 'running'} onClick={press(actions.pause)}>
          <Pause aria-hidden="true" size={15} />
          Pause
        </Button>
        <Button
          look={canResumeOffer ? 'next' : 'plain'}
          disabled={status !== 'paused' && !canResumeOffer}
          onClick={press(canResumeOffer ? actions.resumeLastRun : actions.resume)}
        >
          <StepForward aria-hidden="true" size={15} />
          Resume
        </Button>
        <Button disabled={!training} onClick={press(actions.stop)}>
          <Square aria-hidden="true" size={14} />
          Stop
        </Button>
        <RunFilePresses />
      </div>
      <RunOffer />
      <TrainingProgress />
      <PhaseStrip />
      <Readouts />
      <div className={styles.charts}>
        <LossChart />
        <AccuracyChart />
      </div>
      <EpochTable />
      <PlanDisclosure />
      <RunLog />
    </Panel>
  );
}

function NextPress() {
  const status = useThawState((state) => state.training.status);
  const hasBackbone = useThawState((state) => state.backbone.report !== null);
  const hasData = useThawState((state) => state.data.report !== null);
  const hasPictures = useThawState((state) => state.data.pictures !== null && state.data.progress === null);
  const backend = useThawState((state) => state.training.backend);
  const offered = useThawState((state) => isOffered(state.kept));
  if (isTraining(status)) return backend === null ? 'starting …' : backend;
  if (offered && hasBackbone && hasData) return 'Next: press Resume, or Start training for a new run.';
  if (!hasBackbone) return 'Next: press Load backbone.';
  if (!hasData) return hasPictures ? 'Next: see what Data says.' : 'Next: press Use sample images.';
  return status === 'idle' ? 'Next: press Start training.' : 'Start training begins anew.';
}
