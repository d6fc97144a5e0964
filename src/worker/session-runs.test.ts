import { beforeEach, describe, expect, it } from 'vitest';
import type { TrainingEvent } from '../core/run/events';
import type { RunState } from '../core/run/run-state';
import { ftsRun } from '../engine/testing/lightning-runs';
import { bufferOf } from '../engine/testing/lightning-tiny';
import { THREE_PHASES } from '../engine/testing/three-phases';
import { runStateFromBytes, runStateToBytes } from '../storage/run-state-file';
import { Session } from './session';
import { tinyTensorData } from './testing/tiny-tensor-data';

// Plans of one's own and resumed runs, through what the page and `window.thaw` call.

const CONFIG = { epochs: 4, unfreezeBackboneAtEpoch: 2, batchSize: 8, learningRate: 0.01, seed: 5 };
const ignore = () => {};

const tensorData = tinyTensorData();

async function openSession(keepHead = false): Promise<Session> {
  const session = new Session();
  await session.start('cpu');
  const files = ['model.json', 'weights.bin'].map((name) => ({
    name,
    bytes: bufferOf(`fixtures/lightning-tiny/${name}`),
  }));
  await session.loadBackbone({ kind: 'files', files, backboneEnd: 'relu3', keepHead });
  await session.setData(tensorData);
  return session;
}

let session: Session;

beforeEach(async () => {
  session = await openSession();
});

describe('a plan of one’s own', () => {
  it.each(Object.keys(THREE_PHASES) as (keyof typeof THREE_PHASES)[])(
    'trains as finetuning-scheduler does, said with the option %s',
    async (form) => {
      const reference = ftsRun();
      session = await openSession(true);
      const config = { ...reference.config, epochs: 6, ...THREE_PHASES[form](reference) };
      const record = await session.train(structuredClone(config), ignore);
      const losses = reference.steps.map((step) => (typeof step === 'number' ? step : step.loss));
      for (const [step, loss] of losses.entries()) {
        expect(Math.abs(record.steps[step]!.loss / loss - 1)).toBeLessThan(1e-5);
      }
      expect(record.epochs.map(({ phase }) => phase)).toEqual([
        'frozen',
        'frozen',
        'unfrozen',
        'unfrozen',
        'unfrozen',
        'unfrozen',
      ]);
      expect(record.epochs.map(({ groupLrs }) => groupLrs)).toEqual(
        reference.epochs.map(({ groups }) => groups!.map(({ lr }) => lr)),
      );
      // The record's config is the plan again.
      expect((await session.plan(record.config)).layers).toHaveLength(record.layers.length);
    },
  );

  it('names its phases in the events and the record, and its table follows them', async () => {
    const phases = [
      { name: 'head' },
      { name: 'last block', start: { kind: 'epoch', epoch: 1 }, layers: ['*3'] },
      { name: 'late', start: { kind: 'epoch', epoch: 9 }, layers: ['*'] },
    ] as const;
    const config = { epochs: 2, batchSize: 8, phases, trainBnFrozenPhase: false };
    expect((await session.plan(config)).warnings).toMatchObject([
      { code: 'never-unfrozen', message: expect.stringContaining('"late"') },
    ]);
    const events: TrainingEvent[] = [];
    const record = await session.train(config, (event) => events.push(event));
    expect(record.epochs.map(({ phaseName }) => phaseName)).toEqual(['head', 'last block']);
    const [first, second] = events.filter((event) => event.type === 'epochStarted');
    const trained = (event: typeof first) =>
      event!.layers
        .filter(({ trainable }) => trainable)
        .map(({ name, part }) => (part === 'head' ? part : name));
    expect(trained(first)).toEqual(['head']);
    expect(trained(second)).toEqual(['conv3', 'bn3', 'head']);
    expect(events[0]).toMatchObject({ type: 'started', boundaryEpoch: 1 });
    const frozen = record.layers.filter(({ trainable }) => trainable === false);
    expect(frozen.map(({ weightChange }) => weightChange)).toEqual(frozen.map(() => 0));
  });

  it('is written as a schedule of finetuning-scheduler and read again', async () => {
    const phases = [
      { layers: [] },
      { start: { kind: 'epoch', epoch: 1 }, layers: ['*3'], rate: 0.004 },
      { start: { kind: 'epoch', epoch: 2 }, layers: ['*'] },
    ] as const;
    const config = { epochs: 3, batchSize: 8, phases, trainBnFrozenPhase: false, learningRate: 0.01 };
    const ftsSchedule = await session.exportSchedule(config);
    expect(ftsSchedule).toContain('- conv3.weight');
    const read = { epochs: 3, batchSize: 8, learningRate: 0.01, ftsSchedule };
    const ours = await session.train(config, ignore);
    const theirs = await session.train({ ...read, ftsOptions: { transitions: 'epochs-only' } }, ignore);
    expect(theirs.steps).toEqual(ours.steps);
    expect(theirs.epochs.map(({ groupLrs }) => groupLrs)).toEqual([
      [0.01],
      [0.01, 0.004],
      [0.01, 0.004, 0.001],
    ]);
    // The callback moves the backbone's rate by epoch, which such a schedule cannot say.
    await expect(session.exportSchedule(CONFIG)).rejects.toMatchObject({ code: 'invalid-option' });
    const constant = { ...CONFIG, multiplier: 1, shouldAlign: false };
    expect(await session.exportSchedule(constant)).toContain('lr: 0.001');
  });
});

describe('the state of a run', () => {
  it('is not there before an epoch has ended', async () => {
    await expect(session.runState()).rejects.toMatchObject({ code: 'not-trained' });
  });

  it('of a run that has ended brings its model and its record back', async () => {
    const told: TrainingEvent[] = [];
    const whole = await session.train(CONFIG, (event) => told.push(event));
    const weights = await session.weights();
    const other = await openSession();
    const events: TrainingEvent[] = [];
    const again = await other.resumeRun(await session.runState(), (event) => events.push(event));
    expect(again).toEqual(whole);
    expect(await other.weights()).toEqual(weights);
    expect(events.map(({ type }) => type)).toEqual(['started', 'finished']);
    expect(events.at(-1)).toEqual(told.at(-1));
  });

  it('lets another session go on where this one stopped, to the same losses', async () => {
    const whole = await session.train(CONFIG, ignore);
    const files: Uint8Array[] = [];
    const stopped = session.train(CONFIG, (event) => {
      // Into the epoch after the unfreezing; what its steps did is not in the state.
      if (event.type === 'step' && event.epoch === 3) void session.stop();
    });
    expect(await stopped).toMatchObject({ outcome: 'stopped' });
    files.push(runStateToBytes(structuredClone(await session.runState())));
    const other = await openSession();
    const events: TrainingEvent[] = [];
    const rest = await other.resumeRun(runStateFromBytes(files[0]!), (event) => events.push(event));
    expect(rest.steps).toEqual(whole.steps);
    expect(rest.layers).toEqual(whole.layers);
    expect(rest.config).toEqual(whole.config);
    expect(events.filter((event) => event.type === 'epochStarted').map(({ epoch }) => epoch)).toEqual([3]);
    const values = async (of: Session) => Object.values(await of.weights()).map(({ values: each }) => each);
    await session.train(CONFIG, ignore);
    expect(await values(other)).toEqual(await values(session));
  });

  it('is refused where it is damaged or does not fit, and the session goes on', async () => {
    const stopping = session.train(CONFIG, (event) => {
      if (event.type === 'epochStarted' && event.epoch === 3) void session.stop();
    });
    await stopping;
    const state = await session.runState();
    expect(state.clock.epoch).toBe(3);
    const weights = (change: (values: Map<string, Float32Array>) => void) => {
      const values = new Map(state.weights);
      change(values);
      return values;
    };
    const [variable, ofVariable] = [...state.optimizer][0]!;
    const optimizer = (changed: object) =>
      new Map(state.optimizer).set(variable, { ...ofVariable, ...changed });
    const damaged: unknown[] = [
      null,
      undefined,
      'state',
      {},
      new Uint8Array(8),
      { ...state, version: 2 },
      { ...state, weights: {} },
      { ...state, weights: weights((values) => values.delete('bn1/gamma')) },
      { ...state, weights: weights((values) => values.set('bn1/gamma', new Float32Array(7))) },
      {
        ...state,
        weights: weights((values) => values.set('bn1/gamma', new Float32Array(8).fill(Number.NaN))),
      },
      { ...state, weights: weights((values) => values.set('bn9/gamma', new Float32Array(8))) },
      { ...state, optimizer: optimizer({ slots: [] }) },
      { ...state, optimizer: optimizer({ stepCount: 0 }) },
      { ...state, optimizer: optimizer({ stepCount: 1.5 }) },
      { ...state, optimizer: new Map(state.optimizer).set('nothing', ofVariable) },
      { ...state, optimizer: new Map(state.optimizer).set('bn1/moving_mean', ofVariable) },
      { ...state, clock: { ...state.clock, epoch: 4 } },
      { ...state, clock: { ...state.clock, epoch: 2 } },
      { ...state, clock: { ...state.clock, phaseIndex: 2 } },
      { ...state, clock: { ...state.clock, phaseIndex: 0 } },
      { ...state, rates: { ...state.rates, rates: [] } },
      { ...state, rates: { ...state.rates, rates: [0.1, -0.1] } },
      { ...state, rates: { rates: [0.1, 0.1, 0.1], callbackRates: [null, 0.1, 0.1] } },
      { ...state, rates: { ...state.rates, callbackRates: [null, null] } },
      { ...state, step: 1 },
      { ...state, losses: state.losses.slice(1) },
      { ...state, losses: state.losses.map(() => Number.NaN) },
      { ...state, epochs: state.epochs.slice(1) },
      { ...state, trainCount: 23 },
      { ...state, config: { ...state.config, epochs: 0 } },
      { ...state, config: { ...state.config, optimizer: 'sgd', betas: undefined, epsilon: undefined } },
      { ...state, config: { ...state.config, batchSize: 12 } },
      { ...state, config: { ...state.config, zebra: 1 } },
    ];
    for (const [index, each] of damaged.entries()) {
      await expect(session.resumeRun(each as RunState, ignore), `damage ${index}`).rejects.toMatchObject({
        code: 'run-state-invalid',
      });
    }
    expect(await session.resumeRun(state, ignore)).toMatchObject({ outcome: 'completed' });
  });
});
