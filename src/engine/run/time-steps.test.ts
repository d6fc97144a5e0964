import { afterEach, expect, it, vi } from 'vitest';
import type { StartedStep, StepOutcome } from '../executor';
import { timeSteps } from './time-steps';

const outcome: StepOutcome = { loss: 1, correct: 0 };
const batch = { shape: [1, 1, 1, 1], labels: new Int32Array(1), images: new Float32Array(1) } as const;

afterEach(() => void vi.restoreAllMocks());

function clock() {
  const time = { ms: 0 };
  vi.spyOn(performance, 'now').mockImplementation(() => time.ms);
  return time;
}

async function times(startStep: () => Promise<StartedStep>, count: number) {
  return timeSteps({ startStep }, batch, [0], async (nextMs) => {
    const found: number[] = [];
    while (found.length < count) found.push(await nextMs());
    return found;
  });
}

it('times blocking steps one by one', async () => {
  const time = clock();
  const took = [40, 6, 7];
  let started = 0;
  const startStep = async () => {
    time.ms += took[started++]!;
    return { outcome };
  };
  expect(await times(startStep, 3)).toEqual([40, 6, 7]);
  expect(started).toBe(3);
});

it('takes the mean where losses come in bunches, and leaves nothing in flight', async () => {
  const time = clock();
  const arrivesAtMs = [40, 63, 64, 87, 88, 111];
  let started = 0;
  let ended = 0;
  let last: Promise<unknown> = Promise.resolve();
  const startStep = async () => {
    const atMs = arrivesAtMs[started++]!;
    const arrived = last.then(async () => {
      await new Promise((resolve) => setImmediate(resolve));
      time.ms = atMs;
      ended += 1;
      return outcome;
    });
    last = arrived;
    return { outcome: arrived };
  };
  expect(await times(startStep, 3)).toEqual([40, 12, 12]);
  expect([started, ended]).toEqual([6, 6]);
});
