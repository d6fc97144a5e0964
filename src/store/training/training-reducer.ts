import type { Failure } from '../../core/errors';
import type { Warning } from '../../core/options/train-config';
import type { PhaseKind } from '../../core/phase-plan';
import type { LayerStatus } from '../../core/phases/layer-status';
import type { Preparation, TrainingEvent } from '../../core/run/events';
import type { EpochRecord, RunRecord, ValidationResult } from '../../core/run/run-record';
import { appendLosses, EMPTY_CURVE, type StepCurve } from './step-curve';

export type TrainingStatus = 'idle' | 'starting' | 'running' | 'paused' | 'completed' | 'stopped' | 'failed';

/** A phase that a run has come to. */
export interface ReachedPhase {
  /** As its plan calls it. */
  readonly name: string;
  readonly kind: PhaseKind;
  readonly startEpoch: number;
}

/** All the page knows of a run. Made by one pure function from the events of the training worker. */
export interface TrainingState {
  readonly status: TrainingStatus;
  readonly epochs: number;
  readonly stepsPerEpoch: number;
  /** First unfrozen epoch; null where the backbone is never unfrozen. */
  readonly boundaryEpoch: number | null;
  readonly backend: string | null;
  /** What is compiled or measured just now; null: nothing. */
  readonly preparation: Preparation | null;
  readonly epoch: number | null;
  readonly phase: PhaseKind | null;
  /** In order; the last is the present one. */
  readonly phases: readonly ReachedPhase[];
  readonly headLr: number | null;
  readonly backboneLr: number | null;
  readonly stepsDone: number;
  /** The last step's; null before the first. */
  readonly stepLoss: number | null;
  /** Mean over the steps of the present epoch. */
  readonly epochAccuracy: number | null;
  /** Steps that `epochAccuracy` is the mean of. */
  readonly epochSteps: number;
  /** Time of the present epoch's steps, and how much of it they waited for pictures, in milliseconds. */
  readonly epochMs: number;
  readonly epochWaitMs: number;
  /** Moving mean of the time of a step in the present phase, in milliseconds. */
  readonly stepMs: number | null;
  readonly curve: StepCurve;
  readonly records: readonly EpochRecord[];
  readonly layers: readonly LayerStatus[];
  readonly warnings: readonly Warning[];
  readonly log: readonly string[];
  readonly failure: Failure | null;
  readonly record: RunRecord | null;
  readonly validation: ValidationResult | null;
}

export const IDLE_TRAINING: TrainingState = {
  status: 'idle',
  epochs: 0,
  stepsPerEpoch: 0,
  boundaryEpoch: null,
  backend: null,
  preparation: null,
  epoch: null,
  phase: null,
  phases: [],
  headLr: null,
  backboneLr: null,
  stepsDone: 0,
  stepLoss: null,
  epochAccuracy: null,
  epochSteps: 0,
  epochMs: 0,
  epochWaitMs: 0,
  stepMs: null,
  curve: EMPTY_CURVE,
  records: [],
  layers: [],
  warnings: [],
  log: [],
  failure: null,
  record: null,
  validation: null,
};

const STEP_TIME_SMOOTHING = 0.2;
const LOG_LINES = 500;

/** @returns the state after some events, in order. A frame's worth of steps costs one copy of the curve. */
export function reduceTrainingEvents(state: TrainingState, events: readonly TrainingEvent[]): TrainingState {
  let next = state;
  let losses: number[] = [];
  for (const event of events) {
    if (event.type === 'started') losses = [...(event.earlier?.losses ?? [])];
    if (event.type === 'step') losses.push(event.loss);
    next = reduceTrainingEvent(next, event);
  }
  return losses.length === 0 ? next : { ...next, curve: appendLosses(next.curve, losses) };
}

/** Everything but the loss curve, which `reduceTrainingEvents` extends once for all steps. */
function reduceTrainingEvent(state: TrainingState, event: TrainingEvent): TrainingState {
  switch (event.type) {
    case 'started':
      return {
        ...IDLE_TRAINING,
        status: 'running',
        epochs: event.epochs,
        stepsPerEpoch: event.stepsPerEpoch,
        boundaryEpoch: event.boundaryEpoch,
        backend: event.backend,
        layers: event.layers,
        ...(event.earlier !== undefined && stateAfter(event.earlier)),
        // A warning may be told before the start (options are read first).
        warnings: state.status === 'starting' ? state.warnings : [],
      };
    case 'restarted':
      // Steps on another device take another time.
      return { ...state, backend: event.backend, stepMs: null };
    case 'preparing': {
      const { work, done, total } = event;
      return { ...state, preparation: done < total ? { work, done, total } : null };
    }
    case 'warning':
      return { ...state, warnings: [...state.warnings, event.warning] };
    case 'epochStarted': {
      const phases = withPhaseOf(state.phases, event);
      return {
        ...state,
        epoch: event.epoch,
        phase: event.phase,
        phases,
        headLr: event.headLr,
        backboneLr: event.backboneLr,
        layers: event.layers,
        epochAccuracy: null,
        epochSteps: 0,
        epochMs: 0,
        epochWaitMs: 0,
        // A step of another phase takes another time: its mean starts anew.
        stepMs: phases === state.phases ? state.stepMs : null,
      };
    }
    case 'step':
      return afterStep(state, event);
    case 'epochEnded':
      return { ...state, records: [...state.records, event.record], layers: event.layers };
    case 'log':
      return { ...state, log: [...state.log.slice(1 - LOG_LINES), event.message] };
    case 'paused':
      return { ...state, status: 'paused' };
    case 'resumed':
      return { ...state, status: 'running' };
    case 'finished':
      return {
        ...state,
        status: event.record.outcome,
        record: event.record,
        validation: event.validation,
        layers: event.record.layers,
      };
    case 'failed':
      return { ...state, status: 'failed', failure: event.failure, preparation: null };
  }
}

/** What a resumed run did before. */
function stateAfter({
  epochs,
  losses,
}: NonNullable<Extract<TrainingEvent, { type: 'started' }>['earlier']>): Partial<TrainingState> {
  const last = epochs.at(-1);
  return {
    records: epochs,
    phases: epochs.reduce(withPhaseOf, []),
    stepsDone: losses.length,
    stepLoss: losses.at(-1) ?? null,
    ...(last !== undefined && {
      epoch: last.epoch,
      phase: last.phase,
      headLr: last.headLr,
      backboneLr: last.backboneLr,
    }),
  };
}

/** @returns the same phases where the epoch belongs to the last of them */
function withPhaseOf(
  phases: readonly ReachedPhase[],
  { epoch, phase, phaseName }: Pick<EpochRecord, 'epoch' | 'phase' | 'phaseName'>,
): readonly ReachedPhase[] {
  const name = phaseName ?? `${phase} phase`;
  return phases.at(-1)?.name === name ? phases : [...phases, { name, kind: phase, startEpoch: epoch }];
}

function afterStep(state: TrainingState, event: Extract<TrainingEvent, { type: 'step' }>): TrainingState {
  const epochSteps = state.epochSteps + 1;
  const before = state.epochAccuracy ?? 0;
  const stepMs =
    state.stepMs === null ? event.stepMs : state.stepMs + STEP_TIME_SMOOTHING * (event.stepMs - state.stepMs);
  return {
    ...state,
    stepsDone: event.step + 1,
    stepLoss: event.loss,
    epochAccuracy: before + (event.accuracy - before) / epochSteps,
    epochSteps,
    epochMs: state.epochMs + event.stepMs,
    epochWaitMs: state.epochWaitMs + (event.waitMs ?? 0),
    stepMs,
  };
}

/** @returns the share of the present epoch's time that its steps waited for pictures; null before a step */
export function waitShare({ epochMs, epochWaitMs }: TrainingState): number | null {
  return epochMs === 0 ? null : epochWaitMs / epochMs;
}

export function isTraining(status: TrainingStatus): boolean {
  return status === 'starting' || status === 'running' || status === 'paused';
}
