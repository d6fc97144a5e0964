import 'fake-indexeddb/auto';
import { deleteDB } from 'idb';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type KeptDatabase, openKeptDatabase } from './kept-database';
import type { KeptBackbone, KeptPictures, KeptRun } from './kept-project';
import { ProjectKeeper } from './project-keeper';

const BACKBONE: KeptBackbone = {
  kind: 'files',
  files: [{ name: 'model.json', content: new Blob(['{}']) }],
  backboneEnd: 'block1',
  pictureSize: 32,
  keepHead: false,
};
const RUN: KeptRun = { options: { epochs: 3 }, epochs: 3, epochsDone: 1, end: null, file: new Blob(['run']) };
const OPTIONS = { epochs: 3, learningRate: Number.NaN };

let database: KeptDatabase;
let keeper: ProjectKeeper;

beforeEach(async () => {
  ({ database } = await openKeptDatabase());
  keeper = new ProjectKeeper(database);
});

afterEach(async () => {
  database.close();
  await deleteDB('thaw-kept');
});

/** @param count more than one transaction takes */
function ownPictures(count = 250): { pictures: KeptPictures; contents: Map<string, Blob> } {
  const ids = Array.from({ length: count }, (_, index) => `picture ${index}`);
  return {
    pictures: {
      origin: 'files',
      classNames: ['cat', 'dog'],
      pictures: ids.map((id, index) => ({ id, name: `${index}.png`, classIndex: index % 2 })),
    },
    contents: new Map(ids.map((id) => [id, new Blob([id])])),
  };
}

async function keepAll(count?: number): Promise<void> {
  const { pictures, contents } = ownPictures(count);
  await keeper.keepBackbone(BACKBONE);
  await keeper.keepPictures(pictures, contents);
  await keeper.keepOptions(OPTIONS);
  await keeper.keepRun(RUN);
}

describe('a project that is kept', () => {
  it('comes back as it was, pictures in their order with their content', async () => {
    await keepAll();
    const kept = await keeper.read();
    expect(kept).toMatchObject({ options: OPTIONS, dropped: [] });
    expect(kept.pictures).toEqual(ownPictures().pictures);
    expect(await kept.contents.get('picture 17')!.text()).toBe('picture 17');
    expect(kept.run).toMatchObject({ epochsDone: 1, end: null });
    expect(await kept.run!.file.text()).toBe('run');
    expect(kept.backbone).toMatchObject({ kind: 'files', files: [{ name: 'model.json' }] });
  });

  it('holds only what was kept last: pictures that were removed are gone, and the run with them', async () => {
    await keepAll();
    const fewer = ownPictures(3);
    await keeper.keepPictures(fewer.pictures, fewer.contents);
    expect(await database.getAllKeys('pictures')).toEqual([...fewer.contents.keys()]);
    expect(await keeper.read()).toMatchObject({ run: null, backbone: { kind: 'files' } });
    await keeper.keepRun(RUN);
    await keeper.keepBackbone(null);
    expect(await keeper.read()).toMatchObject({ run: null, backbone: null });
  });

  it('gives its classes other names, and keeps the run', async () => {
    await keepAll(4);
    const { pictures } = ownPictures(4);
    await keeper.keepClassNames({ ...pictures, classNames: ['kitten', 'dog'] });
    const kept = await keeper.read();
    expect(kept).toMatchObject({ pictures: { classNames: ['kitten', 'dog'] }, run: { epochsDone: 1 } });
    expect(kept.contents.size).toBe(4);
  });

  it('is empty once it is forgotten', async () => {
    await keepAll(4);
    await keeper.forget();
    expect(await keeper.read()).toMatchObject({ backbone: null, pictures: null, run: null, dropped: [] });
    expect(await database.count('pictures')).toBe(0);
  });
});

describe('what is damaged', () => {
  it.each([
    ['backbone', { kind: 'bundled' }, 'the backbone'],
    ['backbone', 'efficientnet', 'the backbone'],
    ['pictures', { origin: 'files', classNames: ['cat'], pictures: [{ id: 'a' }] }, 'the pictures'],
    ['pictures', { origin: 'sample', ids: ['a'] }, 'the pictures'],
    [
      'pictures',
      { origin: 'files', classNames: ['cat'], pictures: [{ id: 'a', name: 'a', classIndex: 1 }] },
      'the pictures',
    ],
  ] as const)('%s %j is dropped with the run, once, and the rest comes back', async (part, value, words) => {
    await keepAll(4);
    await database.put('project', value, part);
    const kept = await keeper.read();
    expect(kept.dropped).toEqual([words, 'the run']);
    expect(kept[part]).toBeNull();
    expect(kept.run).toBeNull();
    expect(kept[part === 'backbone' ? 'pictures' : 'backbone']).not.toBeNull();
    expect((await keeper.read()).dropped).toEqual([]);
  });

  it('a run of another shape is dropped alone', async () => {
    await keepAll(4);
    await database.put('project', { ...RUN, file: 'bytes' }, 'run');
    expect(await keeper.read()).toMatchObject({ run: null, dropped: ['the run'] });
  });

  it('of a picture that is missing the others are there', async () => {
    await keepAll(4);
    await database.delete('pictures', 'picture 2');
    const kept = await keeper.read();
    expect(kept.dropped).toEqual(['one picture', 'the run']);
    expect(kept.pictures).toMatchObject({ pictures: { length: 3 } });
    expect((await keeper.read()).dropped).toEqual([]);
  });

  it('what an older version wrote is removed, and said', async () => {
    await keepAll(4);
    database.close();
    const opened = await openKeptDatabase(99);
    database = opened.database;
    expect(opened.droppedOlder).toBe(true);
    expect(await database.count('pictures')).toBe(0);
  });
});

describe('a disk that is full', () => {
  it('leaves what was there, and nothing of what had no room', async () => {
    await keepAll(4);
    const more = ownPictures(250);
    const put = IDBObjectStore.prototype.put;
    let room = 120;
    IDBObjectStore.prototype.put = function (this: IDBObjectStore, ...given) {
      room -= 1;
      if (room < 0) throw new DOMException('no room', 'QuotaExceededError');
      return put.apply(this, given);
    };
    try {
      await expect(keeper.keepPictures(more.pictures, more.contents)).rejects.toMatchObject({
        name: 'QuotaExceededError',
      });
    } finally {
      IDBObjectStore.prototype.put = put;
    }
    const kept = await keeper.read();
    expect(kept.pictures).toEqual(ownPictures(4).pictures);
    expect(kept.run).not.toBeNull();
    expect(await database.count('pictures')).toBe(4);
  });
});
