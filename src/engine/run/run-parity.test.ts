import { expect, it } from 'vitest';
import { referenceRun, regeneratedRun, runNames } from '../testing/lightning-runs';
import { describeParity } from '../testing/parity-contract';

// Both sides are float64 from the same float32 weights: nothing but the order of sums differs. The weights
// are recorded with nine digits.
describeParity('plan (reference)', { loss: 1e-9, weight: 1e-6 });
describeParity('plan (wasm)', { loss: 1e-5, weight: 1e-4 });

it.each(runNames('lightning-tiny'))('our generator makes the given run %s again', (name) => {
  const lossesOf = ({ steps }: ReturnType<typeof regeneratedRun>) =>
    steps.map((step) => (typeof step === 'number' ? step : step.loss));
  const given = referenceRun('lightning-tiny', name);
  const anew = regeneratedRun(name);
  const wanted = lossesOf(given);
  expect(lossesOf(anew).map((loss, step) => Math.abs(loss / wanted[step]! - 1) < 1e-12)).toEqual(
    wanted.map(() => true),
  );
  expect(anew.config).toEqual(given.config);
  const last = Object.keys(given.weightsAfterEpoch).at(-1)!;
  for (const [weight, values] of Object.entries(given.weightsAfterEpoch[last]!)) {
    const found = anew.weightsAfterEpoch[last]![weight]!;
    const distance = Math.hypot(...values.map((value, i) => found[i]! - value)) / Math.hypot(...values);
    expect(distance, weight).toBeLessThan(1e-7);
  }
});
