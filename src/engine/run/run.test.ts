import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { ThawError } from '../../core/errors';
import type { Network } from '../../core/graph/graph';
import { resolveTrainConfig } from '../../core/options/options';
import type { TrainingEvent } from '../../core/run/events';
import type { RunState } from '../../core/run/run-state';
import { driveRun, setupOf } from '../testing/drive-run';
import { tinyData, tinyNetwork } from '../testing/lightning-tiny';
import { TfjsExecutor } from '../tfjs/tfjs-executor';
import { batchesOfEpoch } from './batch-order';
import { checkFitsData } from './run';
import type { RunCommand } from './run-command';

const CONFIG = { epochs: 4, unfreezeBackboneAtEpoch: 2, batchSize: 10, learningRate: 0.05, seed: 3 };
const data = tinyData();
let network: Network;

beforeAll(async () => {
  await tf.setBackend('cpu');
  network = await tinyNetwork();
});

function epochEnds(events: readonly TrainingEvent[]) {
  return events.filter((event) => event.type === 'epochEnded');
}

describe('the training loop', () => {
  it('tells what happens in order', async () => {
    const executor = new TfjsExecutor('cpu', network);
    const { record, events } = await driveRun(setupOf(executor, network, data, CONFIG));
    const epoch = ['epochStarted', 'step', 'step', 'step', 'epochEnded'];
    expect(events.map((event) => event.type)).toEqual([
      'started',
      ...epoch,
      ...epoch,
      ...epoch,
      ...epoch,
      'finished',
    ]);
    expect(events[0]).toMatchObject({ epochs: 4, stepsPerEpoch: 3, boundaryEpoch: 2 });
    expect(record).toMatchObject({ outcome: 'completed' });
    expect(record.steps).toHaveLength(12);
    expect(record.epochs.map(({ phase }) => phase)).toEqual(['frozen', 'frozen', 'unfrozen', 'unfrozen']);
  });

  it.each([
    [false, false],
    [true, false],
    [false, true],
    [true, true],
  ])(
    'frozen is bit for bit as loaded and shows 0, trained moves (BatchNorm %s then %s)',
    async (frozenBn, unfrozenBn) => {
      const executor = new TfjsExecutor('cpu', network);
      const config = { ...CONFIG, trainBnFrozenPhase: frozenBn, trainBnUnfrozenPhase: unfrozenBn };
      const snapshots: Map<string, Float32Array>[] = [];
      const { events } = await driveRun(
        setupOf(executor, network, data, config),
        async (event): Promise<RunCommand> => {
          if (event.type === 'epochEnded') snapshots.push(await executor.readWeights());
          return 'continue';
        },
      );
      const ends = epochEnds(events);
      let before: ReadonlyMap<string, Float32Array> = network.weights;
      for (const [index, { layers }] of ends.entries()) {
        const now = snapshots[index]!;
        for (const layer of layers) {
          const graphLayer = network.graph.layers.find(({ name }) => name === layer.name)!;
          for (const { name, role } of graphLayer.weights) {
            const statistic = role === 'movingMean' || role === 'movingVariance';
            const moves = statistic ? layer.bn?.statistics === 'updated' : layer.trainable === true;
            expect(
              Buffer.compare(bytes(now.get(name)!), bytes(before.get(name)!)) !== 0,
              `${name} in epoch ${index}`,
            ).toBe(moves);
          }
          if (index < 2 && layer.trainable === false) {
            expect(layer.weightChange).toBe(0);
            if (layer.bn?.statistics === 'held') expect(layer.statisticsChange).toBe(0);
          }
          if (layer.trainable === true) expect(layer.weightChange).toBeGreaterThan(0);
        }
        before = now;
      }
    },
  );

  it('leaks no tensor over the steps of a phase', async () => {
    const executor = new TfjsExecutor('cpu', network);
    const counts = new Map<number, number[]>();
    await driveRun(
      setupOf(executor, network, data, { ...CONFIG, epochs: 8, unfreezeBackboneAtEpoch: 4 }),
      (event) => {
        if (event.type === 'step')
          counts.set(event.epoch, [...(counts.get(event.epoch) ?? []), tf.memory().numTensors]);
        return 'continue';
      },
    );
    const inPhase = (epochs: readonly number[]) => new Set(epochs.flatMap((epoch) => counts.get(epoch)!));
    expect(inPhase([0, 1, 2, 3]).size).toBe(1);
    expect(inPhase([4, 5, 6, 7]).size).toBe(1);
    const before = tf.memory().numTensors;
    await executor.predict(data.validation.batch([0, 1]).images, [2, 12, 12, 3]);
    await executor.features(data.validation.batch([0]).images, [1, 12, 12, 3], 'relu1');
    await executor.readWeights();
    expect(tf.memory().numTensors).toBe(before);
    executor.dispose();
    expect(tf.memory().numTensors).toBeLessThan(before);
  });

  it('disposes everything it made', async () => {
    const before = tf.memory().numTensors;
    const executor = new TfjsExecutor('cpu', network);
    await driveRun(setupOf(executor, network, data, CONFIG));
    executor.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  it('stops after the step at which it is told to, with a record of what was', async () => {
    const executor = new TfjsExecutor('cpu', network);
    const { record, events } = await driveRun(setupOf(executor, network, data, CONFIG), (event) =>
      event.type === 'step' && event.step === 4 ? 'stop' : 'continue',
    );
    expect(record.outcome).toBe('stopped');
    expect(record.steps).toHaveLength(5);
    expect(record.epochs).toHaveLength(1);
    expect(events.at(-1)).toMatchObject({ type: 'finished', validation: { accuracy: expect.any(Number) } });
  });

  it('a loss that is no number ends the run with the last good weights', async () => {
    const executor = new TfjsExecutor('cpu', network);
    const events: TrainingEvent[] = [];
    let good: Map<string, Float32Array> | null = null;
    const poisoned = {
      ...data,
      train: {
        ...data.train,
        batch: (places: readonly number[]) => poison(data.train.batch(places), events),
      },
    };
    const run = driveRun(
      setupOf(executor, network, poisoned, { ...CONFIG, unfreezeBackboneAtEpoch: 1 }),
      async (event): Promise<RunCommand> => {
        events.push(event);
        if (event.type === 'epochEnded') good = await executor.readWeights();
        return 'continue';
      },
    );
    await expect(run).rejects.toMatchObject({ code: 'loss-not-finite' });
    expect(events.at(-1)).toMatchObject({ type: 'failed', failure: { code: 'loss-not-finite' } });
    expect(epochEnds(events)).toHaveLength(2);
    expect(await executor.readWeights()).toEqual(good);
  });

  it('refuses a batch larger than the training set before it starts', () => {
    const { resolved } = resolveTrainConfig({ ...CONFIG, batchSize: 25 });
    expect(() => checkFitsData(resolved, data.train, 3)).toThrow(ThawError);
    expect(() => checkFitsData({ ...resolved, batchSize: 24 }, data.train, 3)).not.toThrow();
  });

  it('refuses class weights for another number of classes before it starts', () => {
    const { resolved } = resolveTrainConfig({ ...CONFIG, classWeights: [1, 2] });
    expect(() => checkFitsData(resolved, data.train, 3)).toThrow(/has 2 weights, but there are 3 classes/);
  });

  it('without validation pictures says so with NaN', async () => {
    const executor = new TfjsExecutor('cpu', network);
    const { record } = await driveRun(
      setupOf(executor, network, data, { ...CONFIG, epochs: 1 }, { validation: null }),
    );
    expect(record.epochs[0]!.valLoss).toBeNaN();
  });

  it('two runs of one seed give the same losses, another seed others', async () => {
    const lossesOf = async (seed: number) => {
      const executor = new TfjsExecutor('cpu', network);
      const { record } = await driveRun(setupOf(executor, network, data, { ...CONFIG, epochs: 2, seed }));
      return record.steps.map((step) => step.loss);
    };
    expect(await lossesOf(5)).toEqual(await lossesOf(5));
    expect(await lossesOf(5)).not.toEqual(await lossesOf(6));
  });

  it.each(['sgd', 'momentum', 'adam', 'adamw'])(
    'goes on bit for bit from any epoch (%s)',
    async (optimizer) => {
      const config = { ...CONFIG, optimizer, lrSchedule: { kind: 'cosine' }, weightDecay: 0.01 };
      const states: RunState[] = [];
      const onEpochEnd = async (capture: () => Promise<RunState>) => {
        states.push(structuredClone(await capture()));
      };
      const whole = await driveRun(
        setupOf(new TfjsExecutor('cpu', network), network, data, config, { onEpochEnd }),
      );
      expect(states).toHaveLength(4);
      for (const resumeFrom of states.slice(0, 3)) {
        const executor = new TfjsExecutor('cpu', network);
        const rest = await driveRun(setupOf(executor, network, data, config, { resumeFrom }));
        expect(rest.record.steps).toEqual(whole.record.steps);
        expect(rest.record.layers).toEqual(whole.record.layers);
        expect(rest.record.epochs.map(({ ms: _ms, ...epoch }) => epoch)).toEqual(
          whole.record.epochs.map(({ ms: _ms, ...epoch }) => epoch),
        );
      }
    },
  );

  it('refuses the state of another network', async () => {
    const states: RunState[] = [];
    const onEpochEnd = async (capture: () => Promise<RunState>) => {
      states.push(await capture());
    };
    const executor = new TfjsExecutor('cpu', network);
    await driveRun(setupOf(executor, network, data, { ...CONFIG, epochs: 1 }, { onEpochEnd }));
    const weights = new Map(states[0]!.weights);
    weights.delete('bn1/gamma');
    const resumed = driveRun(
      setupOf(executor, network, data, CONFIG, { resumeFrom: { ...states[0]!, weights } }),
    );
    await expect(resumed).rejects.toMatchObject({ code: 'run-state-invalid' });
  });
});

describe('batches of an epoch', () => {
  it('in order without shuffle, the smaller last one kept', () => {
    expect(batchesOfEpoch(5, 2, { shuffle: false, seed: 0 }, 7)).toEqual([[0, 1], [2, 3], [4]]);
  });

  it('shuffled: every picture once, another order each epoch', () => {
    const [first, second] = [0, 1].map((epoch) =>
      batchesOfEpoch(50, 8, { shuffle: true, seed: 1 }, epoch).flat(),
    );
    expect([...first!].sort((a, b) => a - b)).toEqual(Array.from({ length: 50 }, (_, place) => place));
    expect(first).not.toEqual(second);
  });
});

function bytes(values: Float32Array): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}

/** Makes the pictures no numbers from the third epoch on. */
function poison(batch: ReturnType<typeof data.train.batch>, events: readonly TrainingEvent[]) {
  if (epochEnds(events).length >= 2) batch.images.fill(Number.NaN);
  return batch;
}
