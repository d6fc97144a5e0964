import { expect, it } from 'vitest';
import type { TrainingEvent } from '../../core/run/events';
import type { RunRecord, ValidationResult } from '../../core/run/run-record';
import { createFakeWorld } from '../testing/fake-ports';
import { createThaw } from '../thaw-store';
import { createLastStepReader } from './last-step';

const STATS = { dispatches: 3, jsMs: 1, bytes: 8, tensors: 2, input: null };
const STARTED: TrainingEvent = {
  type: 'started',
  epochs: 4,
  stepsPerEpoch: 2,
  boundaryEpoch: null,
  backend: 'wasm',
  layers: [],
};
const FINISHED: TrainingEvent = {
  type: 'finished',
  record: { layers: [] } as unknown as RunRecord,
  validation: {} as ValidationResult,
};

function step(index: number): TrainingEvent {
  return { type: 'step', step: index, epoch: Math.floor(index / 2), loss: 1, accuracy: 1, stepMs: 1 };
}

function open(stats: () => Promise<typeof STATS>) {
  const { ports } = createFakeWorld();
  let asked = 0;
  const worker = {
    ...ports.worker,
    stats: () => {
      asked += 1;
      return stats();
    },
  };
  const { store } = createThaw(ports, '');
  let ms = 0;
  const reader = createLastStepReader({ store, ports: { ...ports, worker } }, () => ms);
  return {
    store,
    asked: () => asked,
    async hear(atMs: number, ...events: TrainingEvent[]) {
      ms = atMs;
      reader.hear(events);
      await new Promise((resolve) => setTimeout(resolve, 0));
    },
  };
}

it('asks after the first step of an epoch, once a second at most, and at the end', async () => {
  const { store, asked, hear } = open(async () => STATS);
  await hear(0, STARTED);
  expect([asked(), store.getState().lastStep]).toEqual([0, null]);
  await hear(0, step(0));
  expect(store.getState().lastStep).toEqual({ stats: STATS, plan: null });
  await hear(5000, step(1));
  expect(asked()).toBe(1);
  await hear(5001, step(2));
  await hear(5500, step(3), step(4));
  expect(asked()).toBe(2);
  await hear(6100, step(5));
  expect(asked()).toBe(3);
  await hear(6101, step(6), step(7), FINISHED);
  expect(asked()).toBe(4);
  await hear(6102, STARTED);
  expect(store.getState().lastStep).toBeNull();
  await hear(6103, step(0));
  expect(asked()).toBe(5);
});

it('keeps what it had when the worker does not answer well', async () => {
  let fails = false;
  const { store, asked, hear } = open(async () => {
    if (fails) throw new Error('no');
    return STATS;
  });
  await hear(0, STARTED, step(0));
  fails = true;
  await hear(9000, step(2));
  expect(asked()).toBe(2);
  expect(store.getState().lastStep).toEqual({ stats: STATS, plan: null });
  fails = false;
  await hear(9001, FINISHED);
  expect(asked()).toBe(3);
});
