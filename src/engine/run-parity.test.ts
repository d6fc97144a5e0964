import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { driveRun, setupOf } from './testing/drive-run';
import {
  FIXTURES,
  fixtureData,
  fixtureNetwork,
  recordedWeights,
  referenceRun,
  runNames,
} from './testing/lightning-runs';
import { TfjsExecutor } from './tfjs/tfjs-executor';

// What is asked for is 1e-4 and 1e-3; what float32 reaches is 1e-6, so a wrong formula shows at once.
const LOSS_TOLERANCE = 1e-5;
const WEIGHT_TOLERANCE = 1e-4;

beforeAll(async () => {
  await tf.setBackend('cpu');
});

describe.each(FIXTURES)('runs of PyTorch Lightning, step for step, on the CPU backend: %s', (fixture) => {
  it.each(runNames(fixture))('%s', async (name) => {
    const reference = referenceRun(fixture, name);
    const recorded = recordedWeights(reference);
    const network = await fixtureNetwork(fixture);
    const executor = new TfjsExecutor('cpu', network);
    const weightsAfter = new Map<string, Map<string, Float32Array>>();
    const setup = setupOf(executor, network, fixtureData(fixture), reference.config);
    const { record } = await driveRun(setup, async (event) => {
      if (event.type === 'epochEnded' && String(event.record.epoch) in recorded) {
        weightsAfter.set(String(event.record.epoch), await executor.readWeights());
      }
      return 'continue';
    });

    expect(record.steps).toHaveLength(reference.steps.length);
    const losses = reference.steps.map((step) => (typeof step === 'number' ? step : step.loss));
    const worstLoss = Math.max(...losses.map((loss, step) => relative(record.steps[step]!.loss, loss)));
    expect(worstLoss).toBeLessThan(LOSS_TOLERANCE);

    expect(record.epochs).toHaveLength(reference.epochs.length);
    for (const [index, wanted] of reference.epochs.entries()) {
      const epoch = record.epochs[index]!;
      expect(relative(epoch.headLr, wanted.headLr)).toBeLessThan(1e-12);
      if (wanted.backboneLr === null) expect(epoch.backboneLr).toBeNull();
      else expect(relative(epoch.backboneLr!, wanted.backboneLr)).toBeLessThan(1e-12);
      expect(relative(epoch.valLoss, wanted.valLoss)).toBeLessThan(LOSS_TOLERANCE);
      expect(epoch.valAccuracy).toBeCloseTo(wanted.valAccuracy, 6);
    }

    for (const [epoch, weights] of Object.entries(recorded)) {
      for (const [weight, values] of Object.entries(weights)) {
        const distance = relativeDistance(weightsAfter.get(epoch)!.get(weight)!, values);
        expect(distance, `${weight} after epoch ${epoch}`).toBeLessThan(WEIGHT_TOLERANCE);
        worst.weight = Math.max(worst.weight, distance);
      }
    }
    worst.loss = Math.max(worst.loss, worstLoss);
    executor.dispose();
  });

  const worst = { loss: 0, weight: 0 };

  it('stays far below what is asked for', () => {
    expect(worst.loss).toBeGreaterThan(0);
    expect(worst.loss).toBeLessThan(LOSS_TOLERANCE);
    if (process.env.PARITY_REPORT) process.stdout.write(`${fixture} ${JSON.stringify(worst)}\n`);
  });
});

function relative(value: number, wanted: number): number {
  return Math.abs(value - wanted) / Math.abs(wanted);
}

/** A tensor of zeros has no norm to relate to. */
function relativeDistance(values: Float32Array, wanted: readonly number[]): number {
  const distance = Math.hypot(...wanted.map((value, i) => values[i]! - value));
  const norm = Math.hypot(...wanted);
  return norm === 0 ? distance : distance / norm;
}
