import { describe, expect, it } from 'vitest';
import type { RunState } from '../src/core/run/run-state';
import { driveRun, setupOf } from '../src/engine/testing/drive-run';
import { EXECUTORS } from '../src/engine/testing/executors';
import { smallData, smallNetwork } from '../src/engine/testing/small-problem';
import { runStateFromBytes, runStateToBytes } from '../src/storage/run-state-file';

const network = smallNetwork();
const data = smallData();

const SCHEDULES = {
  constant: { kind: 'constant' },
  step: { kind: 'step', stepSize: 2, gamma: 0.5 },
  cosine: { kind: 'cosine', minLr: 0.001 },
} as const;

/** Each unfreezes within the five epochs; the last waits for a loss that has stalled. */
const PLANS = {
  'T/T': { unfreezeBackboneAtEpoch: 2 },
  'T/F': { unfreezeBackboneAtEpoch: 2, trainBnUnfrozenPhase: false },
  'F/F': { unfreezeBackboneAtEpoch: 2, trainBnFrozenPhase: false, trainBnUnfrozenPhase: false },
  'F/T': { unfreezeBackboneAtEpoch: 2, trainBnFrozenPhase: false, lambdaFunc: (epoch: number) => 6 / epoch },
  'Lightning 2.6': { unfreezeBackboneAtEpoch: 2, preset: 'lightning-2.6', trainBnFrozenPhase: false },
  'three phases, the second when the loss has stalled': {
    trainBnFrozenPhase: false,
    phases: [
      { name: 'head' },
      {
        name: 'block 2',
        start: { kind: 'stalled', patience: 1, minDelta: 0.5, atLatestEpoch: 3 },
        layers: ['*2'],
        rate: { ratio: 0.5, multiplier: 1.5 },
      },
      { name: 'all', start: { kind: 'epoch', epoch: 4 }, layers: ['*'] },
    ],
  },
} as const;

const OPTIMIZERS = ['sgd', 'momentum', 'adam', 'adamw'] as const;

/** On the slow executor each optimizer with another plan and schedule, on the quick one all of them. */
const ALL = OPTIMIZERS.flatMap((optimizer) =>
  Object.keys(PLANS).flatMap((plan) =>
    Object.keys(SCHEDULES).map((schedule) => ({ optimizer, plan, schedule })),
  ),
) as Case[];
const SOME = ALL.filter((_, index) => index % 13 === 0);

interface Case {
  readonly optimizer: (typeof OPTIMIZERS)[number];
  readonly plan: keyof typeof PLANS;
  readonly schedule: keyof typeof SCHEDULES;
}

function configOf({ optimizer, plan, schedule }: Case) {
  return {
    epochs: 5,
    batchSize: 4,
    learningRate: 0.02,
    weightDecay: 0.01,
    shuffle: true,
    seed: 11,
    optimizer,
    lrSchedule: SCHEDULES[schedule],
    ...PLANS[plan],
  };
}

const withoutTime = <Record extends { readonly ms: number }>(records: readonly Record[]) =>
  records.map(({ ms: _ms, ...record }) => record);

describe.each([
  ['tfjs (cpu)', SOME],
  ['plan (wasm)', ALL],
] as const)('a run resumed on %s', (executorName, cases) => {
  const create = () => EXECUTORS[executorName](network);

  it.each(cases)(
    'before, at and after unfreezing has the losses of one never interrupted: $optimizer, $plan, $schedule',
    async (each) => {
      const config = configOf(each);
      const files: Uint8Array[] = [];
      const first = await create();
      const whole = await driveRun(
        setupOf(first, network, data, config, {
          onEpochEnd: async (capture) => {
            files.push(runStateToBytes(structuredClone(await capture())));
          },
        }),
      );
      const wholeWeights = await first.readWeights();
      const wholeState = await first.readOptimizerState();
      first.dispose();
      expect(new Set(whole.record.epochs.map(({ phaseName }) => phaseName)).size).toBeGreaterThan(1);

      for (const file of files.slice(0, -1)) {
        const executor = await create();
        const resumeFrom = runStateFromBytes(file);
        const rest = await driveRun(
          setupOf(executor, network, data, { ...resumeFrom.config }, { resumeFrom }),
        );
        expect(rest.record.steps).toEqual(whole.record.steps);
        expect(withoutTime(rest.record.epochs)).toEqual(withoutTime(whole.record.epochs));
        expect(rest.record.layers).toEqual(whole.record.layers);
        expect(await executor.readWeights()).toEqual(wholeWeights);
        expect(await executor.readOptimizerState()).toEqual(wholeState);
        executor.dispose();
      }
    },
    60_000,
  );

  it('after unfreezing trains the backbone on, which Lightning does not (its issue 21901)', async () => {
    const config = configOf({ optimizer: 'adam', plan: 'F/T', schedule: 'constant' });
    const states: RunState[] = [];
    const first = await create();
    await driveRun(
      setupOf(first, network, data, config, {
        onEpochEnd: async (capture) => {
          states.push(await capture());
        },
      }),
    );
    first.dispose();
    const afterUnfreezing = states[2]!;
    expect(afterUnfreezing.epochs.at(-1)?.phase).toBe('unfrozen');

    const executor = await create();
    const { record, events } = await driveRun(
      setupOf(executor, network, data, config, { resumeFrom: afterUnfreezing }),
    );
    const started = events.find((event) => event.type === 'started');
    expect(started?.earlier?.epochs).toHaveLength(3);
    const present = await executor.readWeights();
    for (const layer of started!.layers.filter(({ trainable }) => trainable !== null)) {
      expect(layer.trainable, layer.name).toBe(true);
      expect(layer.learningRate).toBeGreaterThan(0);
    }
    for (const [name, values] of afterUnfreezing.weights) {
      expect(present.get(name), name).not.toEqual(values);
    }
    expect(record.epochs.map(({ phase }) => phase)).toEqual([
      'frozen',
      'frozen',
      'unfrozen',
      'unfrozen',
      'unfrozen',
    ]);
    executor.dispose();
  });
});

describe('the file of a run state', () => {
  it('is refused when it is cut, lengthened or something else', async () => {
    const executor = await EXECUTORS['plan (wasm)'](network);
    let bytes: Uint8Array = new Uint8Array();
    await driveRun(
      setupOf(
        executor,
        network,
        { ...data },
        { epochs: 1, batchSize: 10 },
        {
          validation: null,
          onEpochEnd: async (capture) => {
            const state = await capture();
            bytes = runStateToBytes(state);
            // Without validation its results are NaN, which JSON does not know.
            expect(runStateFromBytes(bytes)).toEqual(state);
            expect(state.epochs[0]?.valLoss).toBeNaN();
          },
        },
      ),
    );
    const text = new TextEncoder().encode('{"format":"thaw-run-state"}');
    const longHeader = Uint8Array.of(255, 255, 255, 255, 255, 255, 255, 255, 1);
    const broken = [
      new Uint8Array(),
      bytes.subarray(0, 7),
      bytes.subarray(0, 100),
      bytes.subarray(0, -1),
      Uint8Array.of(...bytes, 0),
      text,
      longHeader,
      bytes.map((byte, index) => (index === 20 ? 255 : byte)),
      Uint8Array.of(text.length, 0, 0, 0, 0, 0, 0, 0, ...text),
    ];
    for (const each of broken) {
      expect(() => runStateFromBytes(each)).toThrowError(
        expect.objectContaining({ code: 'run-state-invalid' }),
      );
    }
    executor.dispose();
  });
});
