import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ThawError } from '../../core/errors';
import type { KeptProject, KeptRun } from '../../storage/kept-project';
import type { Keeper } from '../../storage/open-keeper';
import { PROPOSED_OPTIONS } from '../phase-options';
import { createFakeWorld, type FakeWorld } from '../testing/fake-ports';
import { createThawApi } from '../thaw-api';
import { createThaw, type Thaw } from '../thaw-store';

const EMPTY: KeptProject = {
  backbone: null,
  pictures: null,
  contents: new Map(),
  options: undefined,
  run: null,
  dropped: [],
};

let world: FakeWorld;
let calls: string[];
let fail: ((call: string) => Error | null) | null;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
  world = createFakeWorld();
  calls = [];
  fail = null;
});

afterEach(() => void vi.useRealTimers());

async function openPage(kept: Partial<KeptProject> = {}): Promise<Thaw> {
  const write = async (call: string) => {
    calls.push(call);
    const error = fail?.(call) ?? null;
    if (error !== null) throw error;
  };
  const keeper: Keeper = {
    read: async () => {
      const error = fail?.('read') ?? null;
      if (error !== null) throw error;
      return { ...EMPTY, ...kept };
    },
    keepBackbone: (backbone) => write(`backbone ${backbone?.kind}`),
    keepPictures: (pictures) =>
      write(`pictures ${pictures?.origin === 'sample' ? pictures.pictures.length : pictures?.origin}`),
    keepClassNames: ({ classNames }) => write(`class names ${classNames.join()}`),
    keepOptions: () => write('options'),
    keepRun: ({ epochsDone, end }) => write(`run ${epochsDone} ${end}`),
    forgetRun: () => write('forget run'),
    forget: () => write('forget'),
  };
  const keeping = {
    ...world.ports.keeping,
    open: async () => ({ status: 'open', keeper, droppedOlder: false }) as const,
    reload: () => void calls.push('reload'),
  };
  const thaw = createThaw({ ...world.ports, keeping }, '');
  await thaw.ready;
  await settle();
  return thaw;
}

/** Lets everything that waits for a moment have its turn. */
async function settle(ms = 150): Promise<void> {
  await vi.advanceTimersByTimeAsync(ms);
}

async function readyToTrain(thaw: Thaw): Promise<void> {
  await thaw.actions.loadBackbone({ kind: 'bundled', id: 'tiny' });
  await Promise.all([thaw.actions.setData({ kind: 'sample' }), settle()]);
  await settle();
}

const finished = {
  type: 'finished',
  record: { outcome: 'completed', layers: [] },
  validation: {},
} as never;
const epochEnded = { type: 'epochEnded', record: {}, layers: [] } as never;

describe('what is kept', () => {
  it('is what has changed, once, and nothing of a page that was only opened', async () => {
    const thaw = await openPage();
    await settle(5000);
    expect(calls).toEqual([]);
    await readyToTrain(thaw);
    expect(calls.sort()).toEqual(['backbone bundled', 'options', 'pictures 8']);
    calls = [];
    thaw.actions.setPhaseOption('epochs', 5);
    thaw.actions.setPhaseOption('epochs', 50);
    await settle();
    expect(calls).toEqual(['options']);
  });

  it('is nothing once all pictures are removed, until there are others', async () => {
    const thaw = await openPage();
    await readyToTrain(thaw);
    calls = [];
    const { set } = thaw.store.getState().data.pictures!;
    await Promise.all([thaw.actions.removePictures(set.pictures.map(({ id }) => id)), settle()]);
    thaw.actions.setPhaseOption('epochs', 5);
    await settle();
    expect(calls).toEqual(['forget']);
    await Promise.all([thaw.actions.setData({ kind: 'sample' }), settle()]);
    await settle();
    expect(calls.slice(1).sort()).toEqual(['backbone bundled', 'options', 'pictures 8']);
  });

  it('of a class that was renamed is its name alone: the run stays', async () => {
    const thaw = await openPage();
    await readyToTrain(thaw);
    calls = [];
    await Promise.all([thaw.actions.renameClass('cat', 'kitten'), settle()]);
    await settle();
    expect(calls).toEqual(['class names kitten,dog']);
    await Promise.all([thaw.actions.removePictures(['cat0']), settle()]);
    await settle();
    expect(calls[1]).toBe('pictures 7');
  });

  it('is all of it again when the removal of all pictures is undone', async () => {
    const thaw = await openPage();
    await readyToTrain(thaw);
    calls = [];
    const { set } = thaw.store.getState().data.pictures!;
    await Promise.all([thaw.actions.removePictures(set.pictures.map(({ id }) => id)), settle()]);
    await Promise.all([thaw.actions.undo(), settle()]);
    await settle();
    expect(calls[0]).toBe('forget');
    expect(calls.slice(1).sort()).toEqual(['backbone bundled', 'options', 'pictures 8']);
  });

  it('is the run at the end of its epochs, however short they are, and at once when it ends', async () => {
    const thaw = await openPage();
    await readyToTrain(thaw);
    calls = [];
    const run = thaw.actions.startTraining();
    for (let epoch = 0; epoch < 100; epoch++) {
      world.emit(epochEnded);
      await settle(50);
    }
    const during = calls.length;
    // Five seconds, a write every two.
    expect(during).toBe(3);
    world.emit(finished);
    world.endRun({ outcome: 'completed' } as never);
    await Promise.all([run, settle(20)]);
    expect(calls.slice(during)).toEqual(['run 1 completed']);
    expect(thaw.store.getState().results.unsaved).toBe(false);
  });
});

describe('a run whose file cannot be had', () => {
  it.each([
    ['not-trained', []],
    ['out-of-memory', [expect.stringMatching(/^The browser could not keep the run\./)]],
  ] as const)('for %s is told where it is a fault', async (code, said) => {
    const runFile = () => Promise.reject(new ThawError(code, 'No file.'));
    world = { ...world, ports: { ...world.ports, worker: { ...world.ports.worker, runFile } } };
    const thaw = await openPage();
    await readyToTrain(thaw);
    const run = thaw.actions.startTraining();
    world.emit(finished);
    world.endRun({ outcome: 'completed' } as never);
    await Promise.all([run, settle()]);
    const { messages } = thaw.store.getState();
    const kept = messages.filter(
      ({ panel, kind, code: what }) => panel === 'machine' && kind === 'warning' && what === null,
    );
    expect(kept.map(({ text }) => text)).toEqual(said);
    expect(calls.filter((call) => call.startsWith('run'))).toEqual([]);
  });
});

describe('a full disk', () => {
  it('has one sentence, and a run without its pictures is not kept', async () => {
    const thaw = await openPage();
    fail = (call) => (call.startsWith('pictures') ? new DOMException('', 'QuotaExceededError') : null);
    await readyToTrain(thaw);
    const said = () => thaw.store.getState().messages.filter(({ panel }) => panel === 'machine');
    expect(said().at(-1)?.text).toMatch(/^There is no room on this machine to keep the pictures\./);
    calls = [];
    const run = thaw.actions.startTraining();
    world.emit(epochEnded);
    await settle(3000);
    expect(calls.filter((call) => call.startsWith('run'))).toEqual([]);
    world.emit(finished);
    world.endRun({ outcome: 'completed' } as never);
    await run;

    fail = null;
    await Promise.all([thaw.actions.removePictures(['cat0']), settle()]);
    await settle();
    expect(calls).toEqual(['pictures 7', 'options']);
  });
});

describe('what was kept', () => {
  const RUN: KeptRun = {
    options: { ...PROPOSED_OPTIONS, epochs: 9 },
    epochs: 9,
    epochsDone: 4,
    end: null,
    file: new Blob(),
  };
  const IDS = ['cat0', 'cat1', 'cat2', 'dog1', 'dog2'];
  const KEPT: Partial<KeptProject> = {
    backbone: { kind: 'bundled', id: 'tiny', backboneEnd: 'block1', pictureSize: 64, keepHead: false },
    pictures: {
      origin: 'sample',
      classNames: ['kitten', 'dog'],
      pictures: IDS.map((id) => ({ id, name: id, classIndex: id.startsWith('cat') ? 0 : 1 })),
    },
    options: { ...PROPOSED_OPTIONS, epochs: 7, batchSize: 3 },
    run: RUN,
  };

  it('is back without being kept again, and the run is offered with its own options', async () => {
    const thaw = await openPage(KEPT);
    await settle();
    const { kept, data, options, backbone } = thaw.store.getState();
    expect(calls).toEqual([]);
    expect(kept.restored).toEqual(['the sample pictures', 'the backbone tiny', 'the options']);
    expect(data.pictures?.set.pictures.map(({ id }) => id)).toEqual(IDS);
    expect(data.report?.classNames).toEqual(['kitten', 'dog']);
    expect(data.report).toMatchObject({ trainCount: 3 });
    expect(backbone.draft).toMatchObject({ backboneEnd: 'block1', pictureSize: 64 });
    expect(options).toMatchObject({ epochs: 7, batchSize: 3 });
    expect(kept.offer).toMatchObject({ epochsDone: 4 });

    const run = thaw.actions.resumeLastRun();
    await settle();
    expect(world.resumed).toEqual([RUN.file]);
    expect(thaw.store.getState().options.epochs).toBe(9);
    world.endRun({ outcome: 'completed' } as never);
    await run;
  });

  it('is waited for by a script that does something at once', async () => {
    const thaw = await openPage({ ...KEPT, run: { ...RUN, end: 'completed' } });
    // The model of the run is brought back first, which holds the page.
    const loading = createThawApi(thaw).loadBackbone({ kind: 'bundled', id: 'tiny' });
    await settle();
    expect(world.resumed).toEqual([RUN.file]);
    expect(world.loaded).toHaveLength(1);
    world.emit(finished);
    world.endRun({ outcome: 'completed' } as never);
    await Promise.all([loading, settle()]);
    expect(world.loaded).toHaveLength(2);
    expect(thaw.store.getState().options.epochs).toBe(7);
  });

  it('offers the run no more once other pictures are there', async () => {
    const thaw = await openPage(KEPT);
    await settle();
    await Promise.all([thaw.actions.removePictures(['cat0']), settle()]);
    expect(thaw.store.getState().kept.offer).toBeNull();
    await expect(thaw.actions.resumeLastRun()).rejects.toMatchObject({ code: 'not-trained' });
  });

  it('is a plan of a script and a field that is just being filled in, too', async () => {
    const phases = [{}, { start: { kind: 'epoch', epoch: 3 }, layers: ['block*'] }];
    const typed = { ...PROPOSED_OPTIONS, learningRate: Number.NaN, ownPlan: { phases } };
    const thaw = await openPage({ ...KEPT, options: typed });
    await settle();
    expect(thaw.store.getState().options).toEqual(typed);
  });

  it.each([
    [{ epochs: 'many' }, 3],
    [
      { ...PROPOSED_OPTIONS, ownPlan: { phases: 5 } },
      { ...PROPOSED_OPTIONS, ownPlan: { phases: [{ layers: 5 }] } },
    ],
    [
      { ...PROPOSED_OPTIONS, ownPlan: { zebra: 5 } },
      { ...PROPOSED_OPTIONS, ownPlan: { ftsSchedule: 5 } },
    ],
  ])('of another shape has a sentence: the options are the proposed ones', async (odd, oddOfRun) => {
    const thaw = await openPage({ ...KEPT, options: odd, run: { ...RUN, options: oddOfRun } });
    await settle();
    const { options, kept, messages } = thaw.store.getState();
    expect(options).toMatchObject({ epochs: PROPOSED_OPTIONS.epochs, ownPlan: null });
    expect(kept.offer).toBeNull();
    const said = messages.map(({ text }) => text).filter((text) => text.startsWith('Not all that was kept'));
    expect(said).toEqual([expect.stringContaining('the options and the run had to be left out')]);
    expect(calls).toEqual(['options', 'forget run']);
  });

  it.each([
    [new DOMException('', 'UnknownError'), /^This browser gives the page no storage/],
    [new ThawError('internal', 'It broke.'), /^Your last visit could not be brought back, .* It broke\.$/],
  ])('and cannot be brought back has the sentence that fits: %s', async (error, sentence) => {
    fail = (call) => (call === 'read' ? error : null);
    const thaw = await openPage(KEPT);
    const said = thaw.store.getState().messages.map(({ text }) => text);
    expect(said.at(-1)).toMatch(sentence);
  });

  it('is forgotten on demand even where it cannot be brought back', async () => {
    fail = (call) => (call === 'read' ? new DOMException('', 'UnknownError') : null);
    const thaw = await openPage(KEPT);
    await thaw.actions.forgetAll();
    expect(calls).toEqual(['forget', 'reload']);
  });
});
