import { describe, expect, it } from 'vitest';
import { ThawError } from '../core/errors';
import type { TrainingEvent } from '../core/run/events';
import { costReport } from './testing/cost-report';
import { createFakeWorld, LAYER } from './testing/fake-ports';
import { open, openReady, RECORD } from './testing/open-thaw';

const STARTED: TrainingEvent = {
  type: 'started',
  epochs: 2,
  stepsPerEpoch: 3,
  boundaryEpoch: null,
  backend: 'wasm',
  layers: [LAYER],
};

describe('ready', () => {
  it('tells the backend and puts warnings on the page', async () => {
    const { api, state } = open();
    expect(await api.ready).toEqual({ backend: 'wasm', adapter: 'none', version: '1.0.0' });
    expect(state().messages).toMatchObject([{ panel: 'machine', kind: 'warning', code: 'fallback-backend' }]);
  });

  it('says that a backend in the address is unknown, and goes on', async () => {
    const { api, state } = open(createFakeWorld(), '?backend=cuda');
    expect((await api.ready).backend).toBe('wasm');
    expect(state().messages[0]).toMatchObject({ kind: 'failure', code: 'invalid-option' });
  });
});

describe('loadBackbone', () => {
  it('loads a bundled one at the end and size that suit the machine', async () => {
    const { api, world } = open();
    expect(await api.loadBackbone({ kind: 'bundled', id: 'tiny' })).toEqual([LAYER]);
    expect(world.loaded).toMatchObject([{ kind: 'url', backboneEnd: 'block1', pictureSize: 64 }]);
  });

  it('takes what the script says instead', async () => {
    const { api, world } = open();
    await api.loadBackbone({ kind: 'bundled', id: 'tiny', backboneEnd: 'block2', pictureSize: 32 });
    expect(world.loaded).toMatchObject([{ backboneEnd: 'block2', pictureSize: 32 }]);
  });

  it('forgets what went wrong with one choice when another is made or loaded', async () => {
    const { thaw, state } = open();
    const failures = () =>
      state()
        .messages.filter(({ panel }) => panel === 'backbone')
        .map(({ text }) => text.slice(0, 8));
    const load = () => thaw.attempt('backbone', thaw.actions.loadDraft);
    thaw.actions.editBackbone({ source: { kind: 'files' } });
    await load();
    expect(failures()).toEqual(['Choose a']);
    thaw.actions.editBackbone({ source: { kind: 'url' } });
    expect(failures()).toEqual([]);
    await load();
    await load();
    expect(failures()).toEqual(['Type the']);
  });

  it('rejects with a code whatever it is given', async () => {
    const { api } = open();
    for (const given of [undefined, null, 'tiny', { kind: 'disk' }]) {
      await expect(api.loadBackbone(given as never)).rejects.toMatchObject({ code: 'invalid-option' });
      await expect(api.setData(given as never)).rejects.toMatchObject({ code: 'data-invalid' });
    }
    expect(() => api.on('epochEnd' as never, () => {})).toThrow(
      /There is no event “epochEnd”\. There is: started/,
    );
  });

  it('names the bundled ones where the id is unknown', async () => {
    const { api, state } = open();
    await expect(api.loadBackbone({ kind: 'bundled', id: 'huge' })).rejects.toMatchObject({
      code: 'model-not-found',
      message: expect.stringContaining('tiny'),
    });
    expect(state().backbone.loading).toBe(false);
  });
});

describe('setData', () => {
  it('splits the sample pictures and sends them, and again for another backbone', async () => {
    const { api, world, state } = await openReady();
    expect(state().data.report).toMatchObject({
      classNames: ['cat', 'dog'],
      trainCount: 6,
      validationCount: 2,
    });
    await api.loadBackbone({ kind: 'bundled', id: 'tiny', pictureSize: 32 });
    expect(world.sentCounts).toEqual([
      [6, 2],
      [6, 2],
    ]);
  });

  it('proposes a batch of no more pictures than there are, until another is chosen', async () => {
    const { api, thaw, world, state } = open();
    await api.loadBackbone({ kind: 'bundled', id: 'tiny' });
    const give = (count: number) =>
      api.setData({
        kind: 'tensors',
        images: new Float32Array(count),
        shape: [count, 1, 1, 1],
        labels: Array.from({ length: count }, (_, index) => index % 2),
        classNames: ['cat', 'dog'],
      });
    expect(state().options.batchSize).toBe(16);
    await give(6);
    expect(state().options.batchSize).toBe(6);
    await expect.poll(() => world.planned.at(-1)?.batchSize).toBe(6);
    await give(40);
    expect(state().options.batchSize).toBe(16);
    thaw.actions.setPhaseOption('batchSize', 20);
    await give(6);
    expect(state().options.batchSize).toBe(20);
  });

  it('keeps the pictures on the page when they cannot be trained on', async () => {
    const { api, state } = open(createFakeWorld(1));
    await expect(api.setData({ kind: 'sample' })).rejects.toMatchObject({ code: 'class-too-small' });
    expect(state().data).toMatchObject({ report: null, progress: null });
    expect(state().data.pictures?.set.pictures).toHaveLength(2);
  });
});

describe('train', () => {
  it('needs a backbone and data', async () => {
    const { api } = open();
    await expect(api.train({ epochs: 1 })).rejects.toMatchObject({ code: 'no-backbone' });
    await api.loadBackbone({ kind: 'bundled', id: 'tiny' });
    await expect(api.train({ epochs: 1 })).rejects.toMatchObject({ code: 'no-data' });
  });

  it('resolves to the record, and the page shows the run', async () => {
    const { api, world, state } = await openReady();
    const heard: string[] = [];
    const off = api.on('started', (event) => heard.push(event.backend));
    const run = api.train({ epochs: 2, trainBnFrozenPhase: false, lambdaFunc: (epoch) => epoch });
    world.emit(STARTED);
    expect(heard).toEqual(['wasm']);
    off();
    world.emit(STARTED);
    expect(heard).toEqual(['wasm']);
    world.emit({ type: 'finished', record: RECORD, validation: VALIDATION });
    world.endRun(RECORD);
    expect(await run).toEqual(RECORD);
    expect(world.trained).toEqual([
      {
        epochs: 2,
        trainBnFrozenPhase: false,
        lambdaSamples: [expect.any(Number), expect.any(Number)],
      },
    ]);
    expect(state().options).toMatchObject({ epochs: 2, trainBnFrozenPhase: false });
    expect(state().training).toMatchObject({ status: 'completed', validation: VALIDATION });
    expect(state().layers).toEqual(RECORD.layers);
  });

  it('refuses every change while it goes on, with a sentence, and changes nothing', async () => {
    const { api, thaw, world, state } = await openReady();
    const run = api.train({ epochs: 2 });
    world.emit(STARTED);
    const busy = { code: 'busy-training' };
    await expect(api.train({ epochs: 1 })).rejects.toMatchObject(busy);
    await expect(api.setData({ kind: 'sample' })).rejects.toMatchObject(busy);
    await expect(api.loadBackbone({ kind: 'bundled', id: 'tiny' })).rejects.toMatchObject(busy);
    const before = state().options;
    await thaw.attempt('phases', () => thaw.actions.setPhaseOption('trainBnFrozenPhase', false));
    expect(state().options).toBe(before);
    expect(state().messages.at(-1)).toMatchObject({
      panel: 'phases',
      kind: 'failure',
      code: 'busy-training',
    });
    world.endRun(RECORD);
    await run;
  });

  it('shows a warning of the run, and dismisses it', async () => {
    const { api, thaw, world, state } = await openReady();
    const run = api.train({ epochs: 2, trainBn: false });
    const message = 'trainBn is deprecated: use trainBnFrozenPhase and trainBnUnfrozenPhase.';
    world.emit({ type: 'warning', warning: { code: 'train-bn-deprecated', message } });
    world.endRun(RECORD);
    await run;
    const said = state().messages.find(({ panel }) => panel === 'training');
    expect(said).toMatchObject({ kind: 'warning', code: 'train-bn-deprecated', text: message });
    thaw.actions.dismissMessage(said!.id);
    expect(state().messages).not.toContain(said);
  });

  it('shows what runs it where the device was lost and the run went over to another backend', async () => {
    const { api, world, state } = await openReady();
    const run = api.train({ epochs: 2 });
    world.emit(STARTED);
    world.emit({ type: 'restarted', backend: 'plain JavaScript' });
    world.endRun(RECORD);
    await run;
    await expect.poll(() => state().machine).toMatchObject({ status: 'ready', report: { backend: 'cpu' } });
    expect(state().training.backend).toBe('plain JavaScript');
  });

  it('keeps results and options of the run before when the next is refused at once', async () => {
    const { api, world, state } = await openReady();
    const first = api.train({ epochs: 2 });
    world.emit(STARTED);
    world.emit({ type: 'finished', record: RECORD, validation: VALIDATION });
    world.endRun(RECORD);
    await first;
    const { options } = state();
    const second = api.train({ epochs: 2, batchSize: 1000 });
    world.failRun(new ThawError('batch-too-large', 'The batch is larger than the training set.'));
    await expect(second).rejects.toMatchObject({ code: 'batch-too-large' });
    expect(state().training).toMatchObject({ status: 'completed', validation: VALIDATION });
    expect(state().options).toEqual(options);
  });

  it('says that the model is gone once another backbone or other pictures are loaded', async () => {
    const { api, world, state } = await openReady();
    const train = async () => {
      const run = api.train({ epochs: 2 });
      world.emit(STARTED);
      world.emit({ type: 'finished', record: RECORD, validation: VALIDATION });
      world.endRun(RECORD);
      await run;
    };
    await train();
    expect(state().results.replacedBy).toBeNull();
    await expect(api.loadBackbone({ kind: 'bundled', id: 'huge' })).rejects.toThrow();
    expect(state().results.replacedBy).toBeNull();
    await api.loadBackbone({ kind: 'bundled', id: 'tiny' });
    expect(state()).toMatchObject({ results: { replacedBy: 'backbone' }, training: { status: 'completed' } });
    await train();
    expect(state().results.replacedBy).toBeNull();
    await api.setData({ kind: 'sample' });
    expect(state().results.replacedBy).toBe('pictures');
  });

  it('says a failure in the middle once', async () => {
    const { thaw, world, state } = await openReady();
    const run = thaw.attempt('training', thaw.actions.startTraining);
    const failure = { code: 'loss-not-finite', message: 'The loss is not finite any more.' } as const;
    world.emit(STARTED);
    world.emit({ type: 'failed', failure });
    world.failRun(new ThawError(failure.code, failure.message));
    await run;
    expect(state().training.status).toBe('failed');
    expect(state().messages.filter(({ panel }) => panel === 'training')).toHaveLength(1);
  });
});

describe('resumeRun', () => {
  it('goes on from a state or its file, and the page shows what the run did before', async () => {
    const { api, world, state } = await openReady();
    const saved = await api.runState();
    for (const given of [saved, await api.saveRun()]) {
      const run = api.resumeRun(given);
      await expect.poll(() => world.resumed.at(-1)).toEqual(saved);
      world.emit({ ...STARTED, earlier: { epochs: saved.epochs, losses: saved.losses } });
      world.emit({ type: 'finished', record: RECORD, validation: VALIDATION });
      world.endRun(RECORD);
      expect(await run).toEqual(RECORD);
      expect(state().training.records).toEqual(saved.epochs);
      expect(state().options).toMatchObject({ epochs: 2, optimizer: 'sgd', learningRate: 0.5 });
    }
  });

  it('refuses what is no state, and the page stays as it is', async () => {
    const { api, world, state } = await openReady();
    const before = state();
    const unshowable = { ...(await api.runState()), config: { epochs: 2, phases: 5 } };
    for (const broken of [new Uint8Array(20), {}, null, unshowable]) {
      await expect(api.resumeRun(broken as Uint8Array)).rejects.toMatchObject({ code: 'run-state-invalid' });
    }
    expect(world.resumed).toEqual([]);
    expect(state().training).toBe(before.training);
    expect(state().options).toBe(before.options);
  });
});

it('gives the plan of a step and an estimate of a config, with its function sampled', async () => {
  const world = createFakeWorld();
  const report = costReport(3);
  const estimated: unknown[] = [];
  const estimate: typeof world.ports.worker.estimate = async (config) => {
    estimated.push(config);
    return report;
  };
  const { api } = open({ ...world, ports: { ...world.ports, worker: { ...world.ports.worker, estimate } } });
  expect(await api.planView()).toBeNull();
  expect(await api.estimate({ epochs: 2, unfreezeBackboneAtEpoch: 0, lambdaFunc: () => 3 })).toBe(report);
  expect(estimated).toMatchObject([{ epochs: 2, lambdaSamples: [1, 3] }]);
});

it('asks for the plan once more, however often the options change meanwhile', async () => {
  const { thaw, world } = await openReady();
  const before = world.planned.length;
  for (const epochs of [3, 4, 5, 6]) thaw.actions.setPhaseOption('epochs', epochs);
  await expect.poll(() => world.planned.length).toBe(before + 2);
  expect(world.planned.at(-1)?.epochs).toBe(6);
});

const VALIDATION = {
  classNames: ['cat', 'dog'],
  accuracy: 1,
  loss: 0.1,
  confusion: [
    [1, 0],
    [0, 1],
  ],
  perClass: [],
  predictions: [],
};
