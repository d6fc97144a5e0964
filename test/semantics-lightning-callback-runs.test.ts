import { describe, expect, it } from 'vitest';
import type { TrainPhase } from '../src/core/options/train-config';
import { phaseView } from '../src/core/phases/layer-table';
import type { RunState } from '../src/core/run/run-state';
import { driveRun, setupOf } from '../src/engine/testing/drive-run';
import { EXECUTORS } from '../src/engine/testing/executors';
import { smallData, smallNetwork } from '../src/engine/testing/small-problem';

// Those of Lightning's tests of its callback that train (see semantics-lightning-callback.test.ts).

/** Every part of a plan of one phase an epoch, as a callback that unfreezes one layer at each epoch. */
const layerByLayer = (names: readonly string[]): readonly TrainPhase[] => [
  {},
  ...names.map((name, index) => ({
    name: `with ${name}`,
    start: { kind: 'epoch', epoch: index + 1 } as const,
    layers: [name],
  })),
];

const data = smallData(8, 4);
const config = { epochs: 8, batchSize: 4, shuffle: false };
const run = EXECUTORS['plan (wasm)'];

describe('test_finetuning_callback', () => {
  it('after unfreezing at epoch 3 the backbone’s rate stays below the head’s, and is equal from epoch 6 on', async () => {
    const network = smallNetwork();
    const executor = await run(network);
    const schedule = { kind: 'step', stepSize: 1, gamma: 0.7 };
    const options = { ...config, optimizer: 'sgd', learningRate: 0.1, lrSchedule: schedule };
    const { record } = await driveRun(
      setupOf(executor, network, data, { ...options, unfreezeBackboneAtEpoch: 3 }),
    );
    executor.dispose();
    for (const { epoch, headLr, backboneLr } of record.epochs) {
      if (epoch < 3) expect(backboneLr).toBeNull();
      else if (epoch < 6) expect(backboneLr).toBeLessThan(headLr);
      else expect(backboneLr).toBe(headLr);
    }
    expect(record.epochs).toHaveLength(8);
  });
});

describe.each([
  {
    name: 'test_callbacks_restore',
    options: { phases: layerByLayer(['conv1', 'bn1', 'dw2', 'bn2']), trainBnFrozenPhase: false },
  },
  { name: 'test_callbacks_restore_backbone', options: { unfreezeBackboneAtEpoch: 1 } },
])('$name', ({ options }) => {
  it('a resumed run has the groups, the rates and the trained layers that it had, and goes on adding', async () => {
    const network = smallNetwork();
    const settings = { epochs: 5, batchSize: 4, optimizer: 'sgd', learningRate: 0.1, ...options };
    const states: RunState[] = [];
    const setup = setupOf(await run(network), network, data, settings, {
      onEpochEnd: async (capture) => {
        states.push(structuredClone(await capture()));
      },
    });
    const whole = await driveRun(setup);
    for (const resumeFrom of states.slice(0, -1)) {
      const { record, events } = await driveRun(
        setupOf(await run(network), network, data, settings, { resumeFrom }),
      );
      expect(record.epochs.map(({ groupLrs }) => groupLrs)).toEqual(
        whole.record.epochs.map(({ groupLrs }) => groupLrs),
      );
      // Lightning's issue 21901: what a restored run says it trains has to be what it trained before.
      const { epoch, phaseIndex } = resumeFrom.clock;
      const started = events.find((event) => event.type === 'epochStarted')!;
      expect(started.epoch).toBe(epoch);
      const { layers } = phaseView(
        network.graph,
        setup.plan,
        phaseIndex,
        whole.record.epochs[epoch]!.groupLrs!,
      );
      expect(
        started.layers.map(({ trainable, learningRate, bn }) => ({ trainable, learningRate, bn })),
      ).toEqual(layers.map(({ trainable, learningRate, bn }) => ({ trainable, learningRate, bn })));
    }
  });
});
