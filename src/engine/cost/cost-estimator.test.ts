import { expect, it } from 'vitest';
import { resolveTrainConfig } from '../../core/options/options';
import type { TrainConfig } from '../../core/options/train-config';
import { planOfConfig } from '../../core/phases/plan-of-config';
import { fixtureNetwork } from '../testing/lightning-runs';
import { startEpochs } from './cost-estimate';
import { CostEstimator, type CostRequest } from './cost-estimator';

const ENGINE = { backend: 'reference', executor: 'plan' } as const;
const network = await fixtureNetwork('lightning-tiny');

function request(config: Partial<TrainConfig>, changed: Partial<CostRequest> = {}): CostRequest {
  const { lambdaFunc: _, ...options } = {
    epochs: 10,
    batchSize: 8,
    ...(config.phases === undefined && { unfreezeBackboneAtEpoch: 8 }),
    ...config,
  };
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

it('counts every variant that is kept, and a whole step where training pictures are fresh', async () => {
  const costs = await estimator();
  const frozen = async (config: Partial<TrainConfig>) => {
    const report = await costs.estimate(request({ trainBnFrozenPhase: false, ...config }));
    return report.phases[0]!;
  };
  const plain = await frozen({});
  const bytes = plain.kept!.bytesPerPicture;
  const variants = await frozen({ augmentation: 'flip-crop', augmentationVariants: 3 });
  expect(variants.kept).toMatchObject({ trainingVariants: 3, bytes: (3 * 40 + 8) * bytes });
  expect(variants.stepMs).toBe(plain.stepMs);
  const extra = (variants.kept!.seconds - plain.kept!.seconds) / plain.kept!.seconds;
  expect(extra).toBeCloseTo((2 * 40) / 48, 6);
  expect(variants.seconds - plain.seconds).toBeCloseTo(variants.kept!.seconds - plain.kept!.seconds, 9);

  const flip = await frozen({ augmentation: 'flip' });
  expect(flip.kept!.trainingVariants).toBeCloseTo(2, 1);

  const fresh = await frozen({ augmentation: 'flip-crop', augmentationVariants: null });
  expect(fresh.kept).toMatchObject({ trainingVariants: 0, bytes: 8 * bytes });
  expect(fresh.stepMs).toBeGreaterThan(3 * plain.stepMs);
  // No choice of the switches keeps training pictures then.
  const { combinations } = await costs.estimate(
    request({ augmentation: 'flip-crop', augmentationVariants: null }),
  );
  expect(combinations.map(({ keepsFrozenValues }) => keepsFrozenValues)).toEqual([
    false,
    false,
    false,
    false,
  ]);
});

it('a second phase with the same frozen values computes only the variants that are missing', async () => {
  const costs = await estimator();
  const { phases } = await costs.estimate(
    request({
      epochs: 6,
      trainBnFrozenPhase: false,
      augmentation: 'flip-crop',
      augmentationVariants: 4,
      phases: [{ name: 'one' }, { name: 'two', start: { kind: 'epoch', epoch: 3 } }],
    }),
  );
  expect(phases.map(({ kept }) => kept?.trainingVariants)).toEqual([3, 4]);
  expect(phases[0]!.seconds).toBeGreaterThan(phases[1]!.seconds);
  const difference = phases[1]!.kept!.seconds - phases[0]!.kept!.seconds;
  expect(phases[0]!.seconds - phases[1]!.seconds).toBeCloseTo(phases[0]!.kept!.seconds - difference, 6);
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
