import { describe, expect, it } from 'vitest';
import type { RunState } from './run-state';
import { readRunState } from './run-state-shape';

const STATE: RunState = {
  version: 1,
  config: { epochs: 2, optimizer: 'sgd', learningRate: 0.5 },
  clock: { epoch: 1, phaseIndex: 0, bestLoss: 0.5, stalledEpochs: 0 },
  rates: { rates: [0.5], callbackRates: [null] },
  trainCount: 6,
  step: 1,
  losses: [0.75],
  epochs: [
    {
      epoch: 0,
      phase: 'frozen',
      phaseName: 'head',
      headLr: 0.5,
      backboneLr: null,
      groupLrs: [0.5],
      trainLoss: 0.75,
      trainAccuracy: 0.5,
      valLoss: Number.NaN,
      valAccuracy: Number.NaN,
      ms: 3,
    },
  ],
  weights: new Map([['block1/kernel', Float32Array.of(1, 2, 3)]]),
  optimizer: new Map([['block1/kernel', { stepCount: 1, slots: [Float32Array.of(4, 5, 6)] }]]),
};

describe('readRunState', () => {
  it.each([
    { ...STATE.config },
    { epochs: 2, phases: [{}, { start: { kind: 'epoch', epoch: 1 }, layers: ['*'] }] },
    { epochs: 2, trainBn: false, lrSchedule: { kind: 'cosine' }, betas: [0.9, 0.99] },
  ])('gives the state as it is: %j', (config) => {
    expect(readRunState({ ...STATE, config })).toEqual({ ...STATE, config });
  });

  it.each([
    ['config', null, 'epochs'],
    ['phases', { epochs: 2, phases: 5 }, '`phases` must be a list of 1 to 1000 phases, but was 5'],
    ['a phase', { epochs: 2, phases: [{ layers: 5 }] }, '`phases[0].layers` must be a list'],
    ['a schedule', { epochs: 2, ftsSchedule: 5 }, '`ftsSchedule` must be'],
    ['a rate', { epochs: 2, learningRate: 'high' }, '`learningRate` must be'],
    ['an option there is not', { epochs: 2, zebra: 1 }, 'zebra'],
    ['no epochs', { epochs: 0 }, '`epochs` must be'],
  ])('refuses a config that cannot be trained with: %s', (_what, config, why) => {
    expect(() => readRunState({ ...STATE, config })).toThrowError(
      expect.objectContaining({ code: 'run-state-invalid', message: expect.stringContaining(why) }),
    );
  });
});
