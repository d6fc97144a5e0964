import { describe, expect, it } from 'vitest';
import type { TrainingEvent } from '../../core/run/events';
import type { EpochRecord, RunRecord, ValidationResult } from '../../core/run/run-record';
import { timeLeft } from './time-left';
import { IDLE_TRAINING, isTraining, reduceTrainingEvents, waitShare } from './training-reducer';

const STARTED: TrainingEvent = {
  type: 'started',
  epochs: 3,
  stepsPerEpoch: 2,
  boundaryEpoch: 2,
  backend: 'wasm',
  layers: [],
};

function epochStarted(epoch: number, phase: 'frozen' | 'unfrozen'): TrainingEvent {
  const backboneLr = phase === 'unfrozen' ? 1e-4 : null;
  return { type: 'epochStarted', epoch, phase, headLr: 1e-3, backboneLr, layers: [] };
}

function step(index: number, loss: number, accuracy: number, stepMs = 10): TrainingEvent {
  return { type: 'step', step: index, epoch: Math.floor(index / 2), loss, accuracy, stepMs };
}

function record(epoch: number, ms: number): EpochRecord {
  const phase = epoch < 2 ? 'frozen' : 'unfrozen';
  const losses = { trainLoss: 1, trainAccuracy: 0.5, valLoss: 1, valAccuracy: 0.5 };
  return { epoch, phase, headLr: 1e-3, backboneLr: null, ...losses, ms };
}

describe('reduceTrainingEvents', () => {
  it('follows a run from its start to the step', () => {
    const state = reduceTrainingEvents(IDLE_TRAINING, [
      STARTED,
      epochStarted(0, 'frozen'),
      step(0, 2, 0.25),
      step(1, 1, 0.75),
    ]);
    expect(state).toMatchObject({
      status: 'running',
      epoch: 0,
      phase: 'frozen',
      stepsDone: 2,
      stepLoss: 1,
      epochAccuracy: 0.5,
      headLr: 1e-3,
      backboneLr: null,
    });
    expect(state.curve.points).toEqual([2, 1]);
  });

  it('gives the same state for events at once and one by one', () => {
    const events = [STARTED, epochStarted(0, 'frozen'), step(0, 2, 0.25), step(1, 1, 0.75)];
    const oneByOne = events.reduce((state, event) => reduceTrainingEvents(state, [event]), IDLE_TRAINING);
    expect(oneByOne).toEqual(reduceTrainingEvents(IDLE_TRAINING, events));
  });

  it('does not change the state it is given', () => {
    const before = reduceTrainingEvents(IDLE_TRAINING, [STARTED, epochStarted(0, 'frozen')]);
    const copy = structuredClone(before);
    reduceTrainingEvents(before, [step(0, 2, 0.25), { type: 'log', message: 'lr' }]);
    expect(before).toEqual(copy);
  });

  it('starts accuracy anew with the epoch and the step time with the phase', () => {
    const frozen = reduceTrainingEvents(IDLE_TRAINING, [
      STARTED,
      epochStarted(0, 'frozen'),
      step(0, 2, 1, 10),
    ]);
    const sameEpochPhase = reduceTrainingEvents(frozen, [epochStarted(1, 'frozen')]);
    expect(sameEpochPhase).toMatchObject({ epochAccuracy: null, epochSteps: 0, stepMs: 10 });
    const unfrozen = reduceTrainingEvents(frozen, [epochStarted(2, 'unfrozen')]);
    expect(unfrozen).toMatchObject({ phase: 'unfrozen', backboneLr: 1e-4, stepMs: null });
  });

  it('knows which share of an epoch its steps waited for pictures', () => {
    const waiting = { ...step(1, 2, 1, 30), waitMs: 20 } as TrainingEvent;
    const epoch = reduceTrainingEvents(IDLE_TRAINING, [STARTED, epochStarted(0, 'frozen')]);
    expect(waitShare(epoch)).toBeNull();
    const stepped = reduceTrainingEvents(epoch, [step(0, 2, 1, 10), waiting]);
    expect(waitShare(stepped)).toBe(0.5);
    expect(waitShare(reduceTrainingEvents(stepped, [epochStarted(1, 'frozen')]))).toBeNull();
  });

  it('lists the phases that the run has come to, by their own names', () => {
    const epoch = (index: number, phase: 'frozen' | 'unfrozen', phaseName: string): TrainingEvent => ({
      ...(epochStarted(index, phase) as Extract<TrainingEvent, { type: 'epochStarted' }>),
      phaseName,
    });
    const resumed: TrainingEvent = {
      ...STARTED,
      earlier: { epochs: [{ ...record(0, 5), phaseName: 'head' }], losses: [] },
    };
    const head = reduceTrainingEvents(IDLE_TRAINING, [resumed, epoch(1, 'frozen', 'head'), step(2, 1, 1)]);
    expect(head.phases).toEqual([{ name: 'head', kind: 'frozen', startEpoch: 0 }]);
    const next = reduceTrainingEvents(head, [epoch(2, 'unfrozen', 'last'), epoch(3, 'unfrozen', 'last')]);
    expect(next.phases.slice(1)).toEqual([{ name: 'last', kind: 'unfrozen', startEpoch: 2 }]);
    expect([head.stepMs, next.stepMs]).toEqual([10, null]);
    const plain = reduceTrainingEvents(IDLE_TRAINING, [STARTED, epochStarted(0, 'frozen')]);
    expect(plain.phases).toEqual([{ name: 'frozen phase', kind: 'frozen', startEpoch: 0 }]);
  });

  it('keeps warnings that are told before the start, and drops those of the run before', () => {
    const warning = { code: 'train-bn-deprecated', message: 'trainBn is deprecated' } as const;
    const starting = { ...IDLE_TRAINING, status: 'starting' } as const;
    const told = reduceTrainingEvents(starting, [{ type: 'warning', warning }, STARTED]);
    expect(told.warnings).toEqual([warning]);
    expect(reduceTrainingEvents(told, [STARTED]).warnings).toEqual([]);
  });

  it('goes on after a restart as if nothing had been, but for the time of a step', () => {
    const running = reduceTrainingEvents(IDLE_TRAINING, [STARTED, epochStarted(0, 'frozen'), step(0, 2, 1)]);
    const restarted = reduceTrainingEvents(running, [{ type: 'restarted', backend: 'wasm again' }]);
    expect(restarted).toEqual({ ...running, backend: 'wasm again', stepMs: null });
    expect(reduceTrainingEvents(restarted, [step(1, 1, 1)]).curve.points).toEqual([2, 1]);
  });

  it('pauses, resumes, ends and starts again with an empty curve', () => {
    const running = reduceTrainingEvents(IDLE_TRAINING, [STARTED, epochStarted(0, 'frozen'), step(0, 2, 1)]);
    const paused = reduceTrainingEvents(running, [{ type: 'paused' }]);
    expect([paused.status, isTraining(paused.status)]).toEqual(['paused', true]);
    expect(reduceTrainingEvents(paused, [{ type: 'resumed' }]).status).toBe('running');
    const runRecord = { outcome: 'stopped', layers: [] } as unknown as RunRecord;
    const validation = { accuracy: 1 } as unknown as ValidationResult;
    const ended = reduceTrainingEvents(paused, [{ type: 'finished', record: runRecord, validation }]);
    expect(ended).toMatchObject({ status: 'stopped', record: runRecord, validation });
    expect(isTraining(ended.status)).toBe(false);
    expect(reduceTrainingEvents(ended, [STARTED]).curve.points).toEqual([]);
  });

  it('keeps the failure', () => {
    const failure = { code: 'loss-not-finite', message: 'The loss is not finite.' } as const;
    expect(reduceTrainingEvents(IDLE_TRAINING, [STARTED, { type: 'failed', failure }])).toMatchObject({
      status: 'failed',
      failure,
    });
  });
});

describe('timeLeft', () => {
  it('is unknown before the first step', () => {
    expect(timeLeft(reduceTrainingEvents(IDLE_TRAINING, [STARTED, epochStarted(0, 'frozen')]))).toBeNull();
  });

  it('counts on whole epochs where they were measured, and says when the slower phase was not', () => {
    const state = reduceTrainingEvents(IDLE_TRAINING, [
      STARTED,
      epochStarted(0, 'frozen'),
      step(0, 2, 1),
      step(1, 2, 1),
      { type: 'epochEnded', record: record(0, 100), layers: [] },
      epochStarted(1, 'frozen'),
      step(2, 2, 1),
    ]);
    // One step of 10 ms in this epoch, and the unfrozen epoch for which only a frozen one is known.
    expect(timeLeft(state)).toEqual({ ms: 110, kind: 'atLeast' });
  });

  it('takes no later epoch for a frozen one where the boundary was not known beforehand', () => {
    const state = reduceTrainingEvents(IDLE_TRAINING, [
      { ...STARTED, boundaryEpoch: null },
      { type: 'epochEnded', record: record(0, 1000), layers: [] },
      epochStarted(1, 'unfrozen'),
      step(2, 1, 1, 40),
    ]);
    expect(timeLeft(state)).toEqual({ ms: 40 + 80, kind: 'about' });
  });

  it('knows the rest within the last phase', () => {
    const state = reduceTrainingEvents(IDLE_TRAINING, [
      STARTED,
      epochStarted(2, 'unfrozen'),
      step(4, 2, 1, 40),
    ]);
    expect(timeLeft(state)).toEqual({ ms: 40, kind: 'about' });
  });
});
