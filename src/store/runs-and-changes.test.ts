import { describe, expect, it } from 'vitest';
import type { DataSource } from '../core/api';
import { createFakeWorld } from './testing/fake-ports';
import { open, openReady, RECORD } from './testing/open-thaw';

// Neither begins in the middle of the other.

const TENSORS: DataSource = {
  kind: 'tensors',
  images: new Float32Array(4),
  shape: [4, 1, 1, 1],
  labels: [0, 1, 0, 1],
  classNames: ['cat', 'dog'],
};

describe('a run', () => {
  it.each([
    ['another backbone', 'no-backbone', { kind: 'bundled', id: 'tiny' }],
    ['other pictures', 'no-data', { kind: 'sample' }],
    ['tensors', 'no-data', TENSORS],
  ] as const)('is refused with %s on the way, and starts right after', async (_what, code, source) => {
    const world = createFakeWorld();
    const { loadBackbone, setData } = world.ports.worker;
    let arrival = Promise.resolve();
    let arrive = () => {};
    const worker: typeof world.ports.worker = {
      ...world.ports.worker,
      loadBackbone: (asked) => arrival.then(() => loadBackbone(asked)),
      setData: (data) => arrival.then(() => setData(data)),
    };
    const { api, state } = open({ ...world, ports: { ...world.ports, worker } });
    await api.loadBackbone({ kind: 'bundled', id: 'tiny' });
    await api.setData({ kind: 'sample' });

    arrival = new Promise((resolve) => {
      arrive = resolve;
    });
    const changing = source.kind === 'bundled' ? api.loadBackbone(source) : api.setData(source);
    const saved = await world.ports.worker.runState();
    await expect.poll(() => state().backbone.loading || state().data.progress !== null).toBe(true);
    await expect(api.train({ epochs: 1 })).rejects.toMatchObject({ code });
    await expect(api.resumeRun(saved)).rejects.toMatchObject({ code });
    expect(world.trained).toEqual([]);
    arrive();
    await changing;
    const run = api.train({ epochs: 1 });
    world.endRun(RECORD);
    expect(await run).toEqual(RECORD);
  });

  it('is refused while a change waits for its turn', async () => {
    const { api, world } = await openReady();
    const changing = api.setData({ kind: 'sample' });
    await expect(api.train({ epochs: 1 })).rejects.toMatchObject({ code: 'no-data' });
    await changing;
    expect(world.trained).toEqual([]);
  });
});

describe('a change of pictures', () => {
  it('changes nothing in its turn where a run goes on by then', async () => {
    const { thaw, api, state } = await openReady();
    const { pictures, report } = state().data;
    const changing = api.setData({ kind: 'sample' });
    thaw.store.setState({ training: { ...state().training, status: 'running' } });
    await expect(changing).rejects.toMatchObject({ code: 'busy-training' });
    expect(state().data).toMatchObject({ progress: null, undo: null });
    expect(state().data.pictures).toBe(pictures);
    expect(state().data.report).toBe(report);
  });
});
