import { describe, expect, it } from 'vitest';
import { createReferenceBackend } from '../kernels/reference-backend';
import type { RunCommand } from '../run';
import { driveRun, setupOf } from '../testing/drive-run';
import {
  FIXTURES,
  fixtureData,
  fixtureNetwork,
  recordedWeights,
  referenceRun,
  runNames,
} from '../testing/lightning-runs';
import { createPlanExecutor } from './plan-executor';

function relative(value: number, wanted: number): number {
  return Math.abs(value - wanted) / Math.abs(wanted);
}

function relativeDistance(values: Float32Array, wanted: readonly number[]): number {
  const distance = Math.hypot(...wanted.map((value, i) => values[i]! - value));
  return distance / Math.hypot(...wanted);
}

describe.each(FIXTURES)(
  '%s: runs of PyTorch Lightning, step for step, on the reference kernels',
  (fixture) => {
    it.each(runNames(fixture))('%s', async (name) => {
      const reference = referenceRun(fixture, name);
      const recorded = recordedWeights(reference);
      const network = await fixtureNetwork(fixture);
      const executor = await createPlanExecutor(network, createReferenceBackend());
      const weightsAfter = new Map<string, Map<string, Float32Array>>();
      const { record } = await driveRun(
        setupOf(executor, network, fixtureData(fixture), reference.config),
        async (event): Promise<RunCommand> => {
          if (event.type === 'epochEnded' && String(event.record.epoch) in recorded) {
            weightsAfter.set(String(event.record.epoch), await executor.readWeights());
          }
          return 'continue';
        },
      );

      const losses = reference.steps.map((step) => (typeof step === 'number' ? step : step.loss));
      expect(record.steps).toHaveLength(losses.length);
      const worstLoss = Math.max(...losses.map((loss, step) => relative(record.steps[step]!.loss, loss)));
      // Both sides are float64 and start from the same float32 weights: nothing but the order of sums differs.
      expect(worstLoss).toBeLessThan(1e-9);
      for (const [index, wanted] of reference.epochs.entries()) {
        const epoch = record.epochs[index]!;
        expect(relative(epoch.valLoss, wanted.valLoss)).toBeLessThan(1e-6);
        expect(Math.fround(epoch.valAccuracy)).toBe(Math.fround(wanted.valAccuracy));
      }
      let worstWeight = 0;
      for (const [epoch, weights] of Object.entries(recorded)) {
        for (const [weight, values] of Object.entries(weights)) {
          const distance = relativeDistance(weightsAfter.get(epoch)!.get(weight)!, values);
          worstWeight = Math.max(worstWeight, distance);
          expect(distance, `${weight} after epoch ${epoch}`).toBeLessThan(1e-6);
        }
      }
      if (process.env.PARITY_REPORT)
        process.stdout.write(
          `${name}: loss ${worstLoss.toExponential(1)}, weights ${worstWeight.toExponential(1)}\n`,
        );
      executor.dispose();
    });
  },
);
