import { describe, expect, it, vi } from 'vitest';
import type { TrainingEvent } from '../../core/run/events';
import type { RunRecord, ValidationResult } from '../../core/run/run-record';
import type { WorkerData } from '../../core/worker-contract';
import { createFakeWorld, LAYER } from '../testing/fake-ports';
import { createThaw } from '../thaw-store';
import { resultClassNames } from './result-class-names';

const RECORD: RunRecord = {
  config: { epochs: 1 },
  warnings: [],
  epochs: [],
  steps: [],
  layers: [LAYER],
  outcome: 'completed',
};
const STARTED: TrainingEvent = {
  type: 'started',
  epochs: 1,
  stepsPerEpoch: 1,
  boundaryEpoch: null,
  backend: 'wasm',
  layers: [LAYER],
};
const VALIDATION: ValidationResult = {
  classNames: ['cat', 'dog'],
  accuracy: 1,
  loss: 0,
  confusion: [],
  perClass: [],
  predictions: [],
};

async function openReady() {
  const world = createFakeWorld();
  const decode = vi.spyOn(world.ports.decoder, 'decode');
  const sent: WorkerData[] = [];
  const worker = {
    ...world.ports.worker,
    setData: (data: WorkerData) => {
      sent.push(data);
      return world.ports.worker.setData(data);
    },
  };
  const thaw = createThaw({ ...world.ports, worker }, '');
  const { actions, store } = thaw;
  await actions.loadBackbone({ kind: 'bundled', id: 'tiny' });
  await actions.setData({ kind: 'sample' });
  const train = async () => {
    const run = actions.train({ epochs: 1 });
    world.emit(STARTED);
    world.emit({ type: 'finished', record: RECORD, validation: VALIDATION });
    world.endRun(RECORD);
    await run;
  };
  // Of one class alone nothing can be trained yet, which is told.
  const add = (className: string, ...names: string[]) =>
    thaw.attempt('data', () =>
      actions.addImages(
        names.map((name) => new File([name], `${className}/${name}.png`, { lastModified: 1 })),
      ),
    );
  return { world, actions, attempt: thaw.attempt, decode, sent, train, add, state: store.getState };
}

const counts = (data: WorkerData | undefined) => (data?.kind === 'pictures' ? data.train.labels : null);

describe('a class that is renamed', () => {
  it('keeps its place, its pictures and the model, in results too; nothing is decoded again', async () => {
    const { actions, world, decode, sent, train, state } = await openReady();
    await train();
    const before = state();
    decode.mockClear();
    await actions.renameClass('cat', ' kitten ');
    const { data, results, training, messages } = state();
    expect(data.pictures?.set.classNames).toEqual(['kitten', 'dog']);
    expect(data.pictures?.set.pictures).toBe(before.data.pictures?.set.pictures);
    expect(data.pictures?.parts).toBe(before.data.pictures?.parts);
    expect(data.report).toEqual({ ...before.data.report, classNames: ['kitten', 'dog'] });
    expect(results).toMatchObject({ replacedBy: null, unsaved: true });
    expect(training).toBe(before.training);
    expect(resultClassNames(state())).toEqual(['kitten', 'dog']);
    expect(world.renamed).toEqual([['kitten', 'dog']]);
    expect(decode).not.toHaveBeenCalled();
    expect(sent).toHaveLength(1);
    expect(messages.filter(({ panel }) => panel === 'data')).toEqual([]);
  });

  it('leaves the results of other pictures under the names they were made with', async () => {
    const { actions, train, state } = await openReady();
    await train();
    await actions.removePictures(['cat0']);
    await actions.renameClass('cat', 'kitten');
    expect(state().results.replacedBy).toBe('pictures');
    expect(resultClassNames(state())).toEqual(['cat', 'dog']);
  });

  it('needs a name, and is refused while training runs', async () => {
    const { actions, attempt, world, state } = await openReady();
    for (const blank of ['', '  \t']) {
      await expect(actions.renameClass('cat', blank)).rejects.toMatchObject({
        code: 'data-invalid',
        message: 'A class needs a name. “cat” keeps the one it has.',
      });
    }
    await attempt('data', () => actions.renameClass('cat', ''));
    await actions.renameClass('cat', 'cat');
    expect(world.renamed).toEqual([]);
    await actions.renameClass('cat', 'kitten');
    expect(state().messages.filter(({ panel }) => panel === 'data')).toEqual([]);
    const run = actions.train({ epochs: 1 });
    world.emit(STARTED);
    await expect(actions.renameClass('dog', 'puppy')).rejects.toMatchObject({ code: 'busy-training' });
    world.endRun(RECORD);
    await run;
    expect(state().data.pictures?.set.classNames).toEqual(['kitten', 'dog']);
  });

  it('to the name of another goes into it, as other pictures, and can be undone', async () => {
    const { actions, add, sent, state } = await openReady();
    await add('red', 'a', 'b', 'c', 'd');
    await add('green', 'e', 'f', 'g', 'h');
    await add('blue', 'i', 'j', 'k', 'l');
    const { pictures } = state().data;
    await actions.renameClass('red', 'blue');
    expect(state().data.pictures?.set.classNames).toEqual(['green', 'blue']);
    expect(counts(sent.at(-1))?.filter((label) => label === 1)).toHaveLength(6);
    expect(state().data.undo).toMatchObject({
      kind: 'merged',
      text: 'Moved 4 pictures of red to blue, which was there already.',
    });
    await actions.undo();
    expect(state().data).toMatchObject({ undo: null, report: { classNames: ['red', 'green', 'blue'] } });
    expect(state().data.pictures?.set).toBe(pictures?.set);
    expect(state().data.pictures?.parts).toEqual(pictures?.parts);
  });

  it('twice at once, to one name, is not there twice', async () => {
    const { actions, add, state } = await openReady();
    await add('red', 'a', 'b', 'c', 'd');
    await add('green', 'e', 'f', 'g', 'h');
    await add('blue', 'i', 'j', 'k', 'l');
    await Promise.all([actions.renameClass('red', 'sky'), actions.renameClass('blue', 'sky')]);
    expect(state().data.pictures?.set.classNames).toEqual(['sky', 'green']);
  });
});

describe('a removal', () => {
  it.each([
    [['cat1'], '1.jpg of cat'],
    [['cat1', 'cat2'], '2 pictures of cat'],
    [['cat0', 'cat1', 'cat2', 'cat3'], '4 pictures of cat'],
    [['cat1', 'dog2'], '2 pictures'],
    [['cat0', 'cat1', 'cat2', 'cat3', 'dog0', 'dog1', 'dog2', 'dog3'], 'all 8 pictures'],
  ])('of %j is told as “Removed %s.”, and undone to the very same', async (ids, what) => {
    const { actions, attempt, state, sent } = await openReady();
    const before = state().data;
    // What is left of a class may be too little to train on.
    await attempt('data', () => actions.removePictures(ids));
    expect(state().data.undo?.text).toBe(`Removed ${what}.`);
    await actions.undo();
    const { pictures, report, origin, undo } = state().data;
    expect(pictures?.set).toBe(before.pictures?.set);
    expect(pictures?.parts).toEqual(before.pictures?.parts);
    expect({ report, origin, undo }).toEqual({ report: before.report, origin: 'sample', undo: null });
    expect(counts(sent.at(-1))).toEqual(counts(sent[0]));
    expect(state().messages.filter(({ panel }) => panel === 'data')).toEqual([]);
  });

  it('of samples that make way for one’s own can be undone, and that too', async () => {
    const { add, actions, attempt, state } = await openReady();
    await add('red', 'a', 'b');
    expect(state().data.undo).toMatchObject({
      kind: 'replaced',
      text: 'Removed the 8 sample pictures, to make way for yours.',
    });
    await actions.undo();
    expect(state().data).toMatchObject({ origin: 'sample', report: { trainCount: 6 } });
    expect(state().data.undo?.text).toBe('Removed your 2 pictures, to make way for the sample pictures.');
    await attempt('data', actions.undo);
    expect(state().data.origin).toBe('files');
    expect(state().data.pictures?.set.pictures).toHaveLength(2);
  });

  it('can be undone after another backbone and another name, until other pictures or a run are there', async () => {
    const { add, actions, train, state } = await openReady();
    await actions.removePictures(['cat0']);
    await actions.loadBackbone({ kind: 'bundled', id: 'tiny', pictureSize: 32 });
    await actions.renameClass('cat', 'kitten');
    await actions.undo();
    expect(state().data.pictures?.set).toMatchObject({
      classNames: ['kitten', 'dog'],
      pictures: { length: 8 },
    });

    await actions.removePictures(['cat0', 'cat1']);
    await actions.setData({ kind: 'sample' });
    expect(state().data.undo).toBeNull();
    await add('red', 'a', 'b', 'c', 'd');
    await add('blue', 'e', 'f', 'g', 'h');
    expect(state().data.undo).toBeNull();
    await actions.removePictures([state().data.pictures!.set.pictures[0]!.id]);
    await train();
    expect(state().data.undo).toBeNull();
  });

  it('is undone once, however often Undo is pressed at once', async () => {
    const { add, actions, attempt, state } = await openReady();
    await add('red', 'a', 'b');
    await Promise.all([attempt('data', actions.undo), attempt('data', actions.undo)]);
    expect(state().data.origin).toBe('sample');
    // One's own pictures can still be had back.
    expect(state().data.undo).toMatchObject({ kind: 'replaced', pictures: { set: { classNames: ['red'] } } });
  });

  it('is undone to the name that a class was given before it was its turn', async () => {
    const { actions, state } = await openReady();
    await actions.removePictures(['cat0']);
    await Promise.all([actions.renameClass('cat', 'kitten'), actions.undo()]);
    expect(state().data.pictures?.set).toMatchObject({
      classNames: ['kitten', 'dog'],
      pictures: { length: 8 },
    });
  });

  it('of a class whose name another has taken since cannot be undone', async () => {
    const { add, actions, attempt, state } = await openReady();
    await add('red', 'a', 'b');
    await add('blue', 'c', 'd');
    const ids = state()
      .data.pictures!.set.pictures.slice(0, 2)
      .map(({ id }) => id);
    await attempt('data', () => actions.removePictures(ids));
    expect(state().data.undo).not.toBeNull();
    await actions.renameClass('blue', 'red');
    expect(state().data.undo).toBeNull();
  });
});

it('pictures that come back have addresses that are in use, and one each', async () => {
  const made = new Map<string, Blob>();
  vi.spyOn(URL, 'createObjectURL').mockImplementation((blob) => {
    const url = `blob:${made.size}-${Math.random()}`;
    made.set(url, blob as Blob);
    return url;
  });
  vi.spyOn(URL, 'revokeObjectURL').mockImplementation((url) => void made.delete(url));
  const { add, actions, attempt, train, state } = await openReady();
  await add('red', 'a', 'b');
  await add('blue', 'c', 'd');
  const shown = () => {
    const { set, urls } = state().data.pictures!;
    return set.pictures.map((picture) => urls.of(picture));
  };
  const before = shown();
  await attempt('data', () => actions.removePictures([state().data.pictures!.set.pictures[0]!.id]));
  expect(made.size).toBe(3);
  await actions.undo();
  expect(shown().filter((url) => !made.has(url))).toEqual([]);
  expect(shown().slice(1)).toEqual(before.slice(1));
  // The results of a run go on showing what was removed.
  await train();
  await actions.removePictures(state().data.pictures!.set.pictures.map(({ id }) => id));
  await actions.undo();
  expect(shown()).toHaveLength(4);
  expect(made.size).toBe(4);
  vi.restoreAllMocks();
});
