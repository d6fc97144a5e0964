import { expect, test, vi } from 'vitest';
import { createFakeWorld } from './testing/fake-ports';
import { createThawApi } from './thaw-api';
import { createThaw } from './thaw-store';

const FRAME = new Blob(['a frame'], { type: 'image/jpeg' });
const STARTED = {
  type: 'started',
  epochs: 2,
  stepsPerEpoch: 3,
  boundaryEpoch: null,
  backend: 'wasm',
  layers: [],
} as const;
const FINISHED = {
  type: 'finished',
  record: { config: { epochs: 2 }, warnings: [], epochs: [], steps: [], layers: [], outcome: 'completed' },
  validation: {
    classNames: ['cat', 'dog'],
    accuracy: 1,
    loss: 0.1,
    confusion: [],
    perClass: [],
    predictions: [],
  },
} as const;

async function openReady() {
  const world = createFakeWorld();
  const thaw = createThaw(world.ports, '');
  const api = createThawApi(thaw);
  await api.loadBackbone({ kind: 'bundled', id: 'tiny' });
  await api.setData({ kind: 'sample' });
  return { world, actions: thaw.actions, api, tried: () => thaw.store.getState().results.tried };
}

test('frames are answered as a picture is, for as long as the webcam is tried', async () => {
  const { actions, tried } = await openReady();
  actions.tryWebcam();
  expect(tried()).toEqual({ kind: 'webcam', probabilities: null });
  await actions.tryFrame(FRAME);
  expect(tried()).toEqual({ kind: 'webcam', probabilities: [0.25, 0.75] });
  await actions.tryPicture(new File(['a picture'], 'cat.png'));
  expect(tried()).toMatchObject({ kind: 'picture', name: 'cat.png', probabilities: [0.25, 0.75] });
  // Its last answer was still on the way.
  await actions.tryFrame(FRAME);
  expect(tried()).toMatchObject({ kind: 'picture' });

  actions.stopWebcam();
  expect(tried()).toMatchObject({ kind: 'picture' });
  actions.tryWebcam();
  actions.stopWebcam();
  expect(tried()).toBeNull();
});

test('it ends when a training starts and when other pictures come', async () => {
  const { world, actions, api, tried } = await openReady();
  actions.tryWebcam();
  const run = api.train({ epochs: 2 });
  await vi.waitFor(() => expect(world.trained).toHaveLength(1));
  world.emit(STARTED);
  await vi.waitFor(() => expect(tried()).toBeNull());

  world.emit(FINISHED);
  world.endRun(FINISHED.record);
  await run;
  actions.tryWebcam();
  await api.setData({ kind: 'sample' });
  expect(tried()).toBeNull();
});

test('without a model there is nothing to try', () => {
  const thaw = createThaw(createFakeWorld().ports, '');
  expect(() => thaw.actions.tryWebcam()).toThrow(expect.objectContaining({ code: 'not-trained' }));
});
