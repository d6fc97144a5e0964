import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { StartedStep, StepOutcome, TrainingBatch } from '../executor';
import { MOST_RUNS_IN_FLIGHT } from '../step-plan/backend';
import { tickingClock } from '../testing/ticking-clock';
import type { ComingBatch } from './fetch-ahead';
import type { RunCommand } from './run-command';
import { trainSteps } from './train-steps';

// What is begun when, with a device that answers when it is told to.

interface Answer {
  readonly outcome: Promise<StepOutcome>;
  readonly arrive: (loss?: number) => void;
  readonly fail: (error: Error) => void;
}

function answer(): Answer {
  let arrive = (_: StepOutcome) => {};
  let fail = (_: Error) => {};
  const outcome = new Promise<StepOutcome>((...both) => ([arrive, fail] = both));
  return { outcome, arrive: (loss = 1) => arrive({ loss, correct: 0 }), fail: (error) => fail(error) };
}

const settled = () => new Promise((done) => setImmediate(done));

function scene(count: number, fetched: (Promise<void> | null)[] = []) {
  const told: string[] = [];
  const answers = Array.from({ length: count }, answer);
  let next = 0;
  const started: (StartedStep | Error)[] = answers.map(({ outcome }) => ({ outcome }));
  const executor = {
    startStep: async (): Promise<StartedStep> => {
      const number = next++;
      told.push(`start ${number}`);
      const step = started[number]!;
      if (step instanceof Error) throw step;
      return step;
    },
  };
  async function* batches(): AsyncGenerator<ComingBatch, void> {
    try {
      for (let number = 0; number < count; number += 1) {
        const batch = {
          shape: [2, 1, 1, 1],
          labels: new Int32Array(2),
          images: new Float32Array(2),
        } as const;
        yield { batch: batch satisfies TrainingBatch, fetched: fetched[number] ?? null };
      }
    } finally {
      told.push('batches over');
    }
  }
  const steps = trainSteps(executor, batches(), [0.1]);
  let losses = 0;
  /** Runs on until it waits for somebody. */
  const ask = async (command?: RunCommand) => {
    const asked = steps.next(command).then(
      ({ value, done }) => {
        told.push(
          done ? `end: ${String(value)}` : `told ${losses++}${isMore(value) ? ', more to come' : ''}`,
        );
      },
      (error) => void told.push(`failed: ${error.message}`),
    );
    await settled();
    return asked;
  };
  return { told, answers, started, steps, ask };
}

function isMore(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'inFlight' in value && value.inFlight !== 0;
}

// Of a step that takes so long that one other is begun meanwhile.
beforeEach(() => tickingClock(20));
afterEach(() => void vi.restoreAllMocks());

it('begins the next step before the loss of the last one is there, and no other before that', async () => {
  const { told, answers, ask } = scene(3);
  void ask();
  await settled();
  expect(told).toEqual(['start 0', 'start 1']);
  answers[0]!.arrive();
  await settled();
  expect(told.slice(2)).toEqual(['told 0, more to come']);
  void ask();
  await settled();
  expect(told.slice(3)).toEqual(['start 2']);
  answers[2]!.arrive();
  await settled();
  expect(told.slice(4)).toEqual([]);
  answers[1]!.arrive();
  await settled();
  expect(told.slice(4)).toEqual(['told 1, more to come']);
  await ask();
  await ask();
  expect(told.slice(5)).toEqual(['batches over', 'told 2', 'end: continue']);
});

it('begins as many steps ahead as a device does in ten milliseconds, and no more than it keeps room for', async () => {
  for (const [tickMs, ahead] of [
    [1.5, 3],
    [0.01, MOST_RUNS_IN_FLIGHT],
  ] as const) {
    // A step looks at the clock twice.
    tickingClock(tickMs);
    const { told, answers, ask } = scene(40);
    const begun = () => told.filter((line) => line.startsWith('start')).length;
    // Each step is told, and the next ones begun, before another loss arrives.
    for (let number = 0; number < 20; number += 1) {
      const asked = ask();
      answers[number]!.arrive();
      await asked;
    }
    void ask();
    await settled();
    expect(begun()).toBe(20 + ahead + 1);
    vi.restoreAllMocks();
  }
});

it('begins a step after the last one was told where a step blocks', async () => {
  const { told, started, ask } = scene(2);
  started.forEach((_, number) => {
    started[number] = { outcome: { loss: 1, correct: 0 } };
  });
  await ask();
  expect(told).toEqual(['start 0', 'told 0']);
  await ask();
  expect(told.slice(2)).toEqual(['start 1', 'told 1']);
});

it('tells the steps in flight and begins none when it is told to hold or to stop', async () => {
  for (const command of ['hold', 'stop'] as const) {
    const { told, answers, ask } = scene(4);
    for (const { arrive } of answers) arrive();
    await ask();
    expect(told).toEqual(['start 0', 'start 1', 'told 0, more to come']);
    await ask(command);
    expect(told.slice(3)).toEqual(['told 1']);
    // Who holds goes on later; a stop is not taken back.
    await ask('continue');
    expect(told.slice(4)).toEqual(
      command === 'hold' ? ['start 2', 'start 3', 'told 2, more to come'] : ['batches over', 'end: stop'],
    );
  }
});

it('tells a step while the pictures of the next one are missing', async () => {
  let arrive = () => {};
  const pictures = new Promise<void>((resolve) => {
    arrive = resolve;
  });
  const { told, answers, ask } = scene(2, [null, pictures]);
  void ask();
  await settled();
  expect(told).toEqual(['start 0']);
  answers[0]!.arrive();
  await settled();
  expect(told.slice(1)).toEqual(['told 0']);
  void ask();
  await settled();
  expect(told.slice(2)).toEqual([]);
  arrive();
  await settled();
  expect(told.slice(2)).toEqual(['start 1', 'batches over']);
});

it('stops while the pictures of the next step are missing', async () => {
  const { told, answers, ask } = scene(2, [null, new Promise(() => {})]);
  answers[0]!.arrive();
  await ask();
  await ask('stop');
  expect(told).toEqual(['start 0', 'told 0', 'batches over', 'end: stop']);
});

it.each([
  ['pictures fail', 'no picture'],
  ['start fails', 'no memory'],
])('tells the step in flight before the next one’s %s', async (what, message) => {
  const failure = new Error(message);
  const isPicture = what === 'pictures fail';
  const pictures = isPicture ? Promise.reject(failure) : Promise.resolve();
  const { told, answers, started, ask } = scene(2, [null, pictures]);
  if (!isPicture) started[1] = failure;
  void ask();
  await settled();
  answers[0]!.arrive();
  await settled();
  await ask();
  expect(told).toEqual(
    isPicture
      ? ['start 0', 'told 0', 'batches over', 'failed: no picture']
      : ['start 0', 'start 1', 'told 0, more to come', 'batches over', 'failed: no memory'],
  );
});

it('waits for what is in flight when it is left, and swallows what becomes of it', async () => {
  const { told, answers, steps, ask } = scene(3);
  answers[0]!.arrive(Number.NaN);
  await ask();
  let isLeft = false;
  const left = steps.return('stop').then(() => {
    isLeft = true;
  });
  await settled();
  expect(isLeft).toBe(false);
  answers[1]!.fail(new Error('lost'));
  await left;
  expect(told).toEqual(['start 0', 'start 1', 'told 0, more to come', 'batches over']);
});

it('fails with the first of two steps that fail, and the other one is not left unheard', async () => {
  const { told, answers, ask } = scene(3);
  void ask();
  await settled();
  answers[1]!.fail(new Error('second'));
  await settled();
  answers[0]!.fail(new Error('first'));
  await settled();
  expect(told.at(-1)).toBe('failed: first');
});

it('a step takes from the loss before it to its own, and waits only while nothing is computed', async () => {
  let nowMs = 0;
  vi.spyOn(performance, 'now').mockImplementation(() => nowMs);
  let arrive = () => {};
  const pictures = new Promise<void>((resolve) => {
    arrive = resolve;
  });
  const { answers, steps } = scene(3, [null, null, pictures]);
  const at = async (ms: number, what: () => void) => {
    nowMs = ms;
    what();
    await settled();
  };
  const first = steps.next();
  await settled();
  await at(10, () => answers[0]!.arrive());
  expect((await first).value).toMatchObject({ stepMs: 10, waitMs: 0, inFlight: 1 });
  // The third step's pictures are asked for at 12, the second step ends at 15, the pictures come at 21.
  nowMs = 12;
  const second = steps.next();
  await settled();
  await at(15, () => answers[1]!.arrive());
  expect((await second).value).toMatchObject({ stepMs: 5, waitMs: 0, inFlight: 0 });
  nowMs = 16;
  const third = steps.next();
  await settled();
  await at(21, arrive);
  await at(30, () => answers[2]!.arrive());
  expect((await third).value).toMatchObject({ stepMs: 15, waitMs: 6 });
});
