import { beforeAll, expect, it } from 'vitest';
import { ThawError } from '../core/errors';
import type { Network } from '../core/graph/graph';
import type { TrainingEvent } from '../core/run/events';
import type { RunRecord } from '../core/run/run-record';
import type { Executor } from '../engine/executor';
import { forwarded } from '../engine/forwarded';
import { createNodeWasmBackend } from '../engine/kernels/testing/wasm-kernels';
import { createPlanExecutor } from '../engine/step-plan/executor/plan-executor';
import { driveRun, setupOf } from '../engine/testing/drive-run';
import { tinyData, tinyNetwork } from '../engine/testing/lightning-tiny';
import { resilientRun } from './resilient-run';

// When to try again, when to give up, and what is told; real devices are lost in device-loss.test.ts.

const CONFIG = { epochs: 2, unfreezeBackboneAtEpoch: 1, batchSize: 8, learningRate: 0.01 };
/** Three steps an epoch. */
const STEPS = 6;
let network: Network;
let whole: RunRecord;
let unused: Executor;

const lostDevice = () => new ThawError('device-lost', 'It is gone.');

beforeAll(async () => {
  network = await tinyNetwork();
  unused = await createPlanExecutor(network, await createNodeWasmBackend());
  whole = (await driveRun(setupOf(unused, network, tinyData(), CONFIG))).record;
});

/** As from a graphics processor, which ends a step some time after it was told. */
async function later<Value>(value: Promise<Value>): Promise<Value> {
  await new Promise((resolve) => setImmediate(resolve));
  return value;
}

/** The engine's n-th executor does `stepsOf[n]` steps before it is lost; the last of them goes on for ever. */
async function run(
  stepsOf: readonly (number | Error)[],
  processor: string | null = null,
  execution: 'blocking' | 'queued' = 'blocking',
) {
  const events: TrainingEvent[] = [];
  const waits: number[] = [];
  let made = 0;
  let fellBack = false;
  const executor = async (weights: Network['weights']): Promise<Executor> => {
    const steps = fellBack ? Number.POSITIVE_INFINITY : stepsOf[Math.min(made, stepsOf.length - 1)]!;
    made += 1;
    if (steps instanceof Error) throw steps;
    const inner = await createPlanExecutor({ graph: network.graph, weights }, await createNodeWasmBackend());
    let left = steps;
    const lost = Promise.reject(lostDevice());
    lost.catch(() => undefined);
    return {
      ...forwarded(inner),
      startStep: async (batch, rates) => {
        left -= 1;
        if (execution === 'queued')
          return { outcome: left < 0 ? later(lost) : later(inner.trainStep(batch, rates)) };
        if (left < 0) throw lostDevice();
        return inner.startStep(batch, rates);
      },
    };
  };
  const fallBack = async () => {
    fellBack = processor !== null;
    return processor;
  };
  const { executor: _, ...setup } = setupOf(unused, network, tinyData(), CONFIG);
  const states: number[] = [];
  const generator = resilientRun({
    ...setup,
    resumeFrom: null,
    engine: { executor, fallBack },
    onEpochEnd: ({ clock }) => states.push(clock.epoch),
    explain: async (error) => error,
    wait: async (ms) => void waits.push(ms),
  });
  const drive = async () => {
    for (;;) {
      const next = await generator.next('continue');
      if (next.done) return next.value;
      events.push(next.value);
    }
  };
  return { record: drive(), events, waits, states };
}

it('goes on from the end of the last epoch, and says so', async () => {
  const { record, events, waits, states } = await run([5, STEPS]);
  expect((await record).steps).toEqual(whole.steps);
  expect((await record).warnings).toEqual([
    {
      code: 'device-lost',
      message:
        'The graphics processor was lost in epoch 1; training goes on from the end of epoch 0 on a new device.',
    },
  ]);
  expect(events.filter(({ type }) => type === 'started' || type === 'restarted')).toMatchObject([
    { type: 'started' },
    { type: 'restarted', backend: expect.stringContaining('Step plan') },
  ]);
  expect(events.some(({ type }) => type === 'failed')).toBe(false);
  expect(waits).toEqual([0]);
  expect(states).toEqual([1, 2]);
});

it('does again what was in flight, and tells no loss of a step that was lost', async () => {
  const { record, events, states } = await run([5, 1, STEPS], null, 'queued');
  expect((await record).steps).toEqual(whole.steps);
  const steps = events.filter((event) => event.type === 'step').map(({ step }) => step);
  // Of the second device's first step in epoch 1 the loss is there before the device is lost.
  expect(steps).toEqual([0, 1, 2, 3, 4, 3, 3, 4, 5]);
  expect(states).toEqual([1, 2]);
});

it('begins anew where no epoch has ended, and counts losses anew where one has', async () => {
  const { record, waits } = await run([1, 2, 4, 1, 0, STEPS]);
  expect((await record).steps).toEqual(whole.steps);
  expect((await record).warnings[0]!.message).toContain('lost in epoch 0; training goes on from its start');
  expect(waits).toEqual([0, 500, 0, 500, 2000]);
});

it('waits for a device that cannot be had yet', async () => {
  const { record, waits } = await run([4, lostDevice(), STEPS]);
  expect((await record).steps).toEqual(whole.steps);
  expect(waits).toEqual([0, 500]);
});

it('goes over to the processor where every device is lost', async () => {
  const { record, events } = await run([4, 0], 'WebAssembly');
  expect((await record).steps).toEqual(whole.steps);
  expect((await record).warnings.at(-1)).toEqual({
    code: 'backend-changed',
    message: expect.stringMatching(/lost in epoch 1 again and again.*end of epoch 0 with WebAssembly/),
  });
  expect(events.filter(({ type }) => type === 'restarted')).toHaveLength(4);
});

it('ends in a sentence where it may not', async () => {
  const { record, events } = await run([4, 0]);
  await expect(record).rejects.toMatchObject({
    code: 'device-lost',
    message: expect.stringMatching(/again and again, so training stopped.*end of epoch 0.*Close other pages/),
  });
  expect(events.at(-1)).toMatchObject({ type: 'failed', failure: { code: 'device-lost' } });
});

it('leaves other failures as they are', async () => {
  const { record, events } = await run([4, new ThawError('out-of-memory', 'Too much.')]);
  await expect(record).rejects.toMatchObject({ code: 'out-of-memory' });
  expect(events.at(-1)).toMatchObject({ type: 'failed', failure: { code: 'out-of-memory' } });
});
