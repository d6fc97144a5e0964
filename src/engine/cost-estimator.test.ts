import { expect, it } from 'vitest';
import { resolveTrainConfig } from '../core/options';
import { planOfConfig } from '../core/plan-of-config';
import type { TrainConfig } from '../core/train-config';
import { startEpochs } from './cost-estimate';
import { CostEstimator, type CostRequest } from './cost-estimator';
import { fixtureNetwork } from './testing/lightning-runs';

const ENGINE = { backend: 'reference', executor: 'plan' } as const;
const network = await fixtureNetwork('lightning-tiny');

function request(config: Partial<TrainConfig>, changed: Partial<CostRequest> = {}): CostRequest {
  const { lambdaFunc: _, ...options } = { epochs: 10, unfreezeBackboneAtEpoch: 8, batchSize: 8, ...config };
  const { resolved } = resolveTrainConfig(options);
  const { plan } = planOfConfig(network.graph, resolved);
  const picture = [16, 16, 3] as const;
  return { network, config: resolved, plan, trainCount: 40, validationCount: 8, picture, ...changed };
}

async function estimator(): Promise<CostEstimator> {
  return (await CostEstimator.create(ENGINE, async () => {}))!;
}

it('says what is kept, the time of each phase, and what every BatchNorm choice costs', async () => {
  const costs = await estimator();
  const report = await costs.estimate(request({ trainBnFrozenPhase: false, trainBnUnfrozenPhase: false }));
  expect(report.phases.map(({ kind, startEpoch, epochs }) => [kind, startEpoch, epochs])).toEqual([
    ['frozen', 0, 8],
    ['unfrozen', 8, 2],
  ]);
  const [frozen, unfrozen] = report.phases;
  expect(frozen!.kept).toMatchObject({ picturesInMemory: 48 });
  expect(frozen!.kept!.bytes).toBe(48 * frozen!.kept!.bytesPerPicture);
  expect(unfrozen!.kept).toBeNull();
  expect(frozen!.stepMs).toBeLessThan(unfrozen!.stepMs / 5);
  expect(report.seconds).toBeCloseTo(frozen!.seconds + unfrozen!.seconds, 9);

  expect(report.combinations).toHaveLength(4);
  expect(report.combinations.filter(({ isChosen }) => isChosen)).toEqual([
    expect.objectContaining({ trainBnFrozenPhase: false, trainBnUnfrozenPhase: false, frozenTimes: 1 }),
  ]);
  for (const { trainBnFrozenPhase, keepsFrozenValues, frozenTimes, seconds } of report.combinations) {
    expect(keepsFrozenValues).toBe(!trainBnFrozenPhase);
    expect(seconds).toBeGreaterThan(0);
    if (trainBnFrozenPhase) expect(frozenTimes).toBeGreaterThan(2);
  }
  // It measures once: the next config only has its plans compiled.
  const again = await costs.estimate(request({ trainBnFrozenPhase: false, epochs: 18 }));
  expect(again.phases[0]!.stepMs).toBe(frozen!.stepMs);
});

it('proposes a smaller batch, then smaller pictures, then an earlier end where memory does not reach', async () => {
  const costs = await estimator();
  const fits = await costs.estimate(request({}));
  expect(fits.memory.proposal).toBeNull();
  expect(fits.memory.peakBytes).toBeGreaterThan(0);
  const wide = [224, 224, 3] as const;

  const batch = await costs.estimate(request({ batchSize: 512 }, { picture: wide, trainCount: 600 }));
  expect(batch.memory.peakBytes).toBeGreaterThan(batch.memory.limitBytes);
  expect(batch.memory.proposal).toMatchObject({ change: 'batchSize' });
  expect(batch.memory.proposal!.value).toBeLessThan(512);
  expect(batch.memory.proposal!.peakBytes).toBeLessThanOrEqual(batch.memory.limitBytes);
  expect(batch.memory.proposal!.message).toContain(String(batch.memory.proposal!.value));

  const size = await costs.estimate(request({ batchSize: 4 }, { picture: [3000, 3000, 3] }));
  expect(size.memory.proposal).toMatchObject({ change: 'pictureSize', value: 224 });
});

it('has nothing to say without step plans', async () => {
  expect(await CostEstimator.create({ backend: 'wasm', executor: 'tfjs' }, async () => {})).toBeNull();
});

it('takes a phase that waits for stalling validation for one that begins at the latest', () => {
  const phase = { name: '', kind: 'frozen', modes: new Map(), joining: null } as const;
  const stalled = { kind: 'stalled', patience: 1, minDelta: 0 } as const;
  const phases = [
    { ...phase, start: { kind: 'epoch', epoch: 0 } },
    { ...phase, start: { ...stalled, atLatestEpoch: 4 } },
    { ...phase, start: { ...stalled, atLatestEpoch: null } },
  ] as const;
  expect(startEpochs({ phases }, 10)).toEqual([0, 4, 10]);
});
