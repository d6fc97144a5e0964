import { beforeEach, expect, it } from 'vitest';
import { resolveTrainConfig } from '../../core/options/options';
import type { TrainConfig } from '../../core/options/train-config';
import type { WantedPicture } from '../../core/picture-supply';
import type { RunRecord } from '../../core/run/run-record';
import type { RunState } from '../../core/run/run-state';
import { createNodeWasmBackend } from '../kernels/testing/wasm-kernels';
import { createPlanExecutor } from '../step-plan/executor/plan-executor';
import { USUAL_CACHE } from '../step-plan/frozen/prefix-cache';
import { editedPixels, randomPixels } from '../testing/decoded-pictures';
import { driveRun, setupOf } from '../testing/drive-run';
import { smallNetwork } from '../testing/small-problem';
import { suppliedPictures } from './supplied-pictures';

const SIDE = 6;
const COUNT = 14;
const TRAIN = Array.from({ length: 10 }, (_, index) => index);
const VALIDATION = [10, 11, 12, 13];
const CONFIG = {
  epochs: 7,
  unfreezeBackboneAtEpoch: 5,
  trainBnFrozenPhase: false,
  trainBnUnfrozenPhase: false,
  batchSize: 4,
  learningRate: 0.05,
  seed: 3,
} as const;
const CACHE = { ...USUAL_CACHE, leastWorkPerValue: 0 };
const NO_CACHE = { ...USUAL_CACHE, leastWorkPerValue: Number.POSITIVE_INFINITY };

const all = randomPixels(COUNT, SIDE);
const labelsOf = (indices: readonly number[]) => indices.map((index) => index % 3);
/** What was asked for, request by request. */
let asked: (readonly WantedPicture[])[] = [];
beforeEach(() => {
  asked = [];
});

function setOf(indices: readonly number[], setName: string, config: TrainConfig | null) {
  return suppliedPictures({
    indices,
    labels: labelsOf(indices),
    sizePixels: SIDE,
    preprocessing: { mean: [127, 127, 127], std: [127, 127, 127] },
    setName,
    augmented: config === null ? null : resolveTrainConfig(config).resolved,
    fetch: (pictures) => {
      asked.push(pictures);
      return { pixels: Promise.resolve(editedPixels(all, SIDE, pictures)), cancel: () => {} };
    },
  });
}

async function train(
  more: Partial<TrainConfig>,
  cache = CACHE,
  resumeFrom: RunState | null = null,
): Promise<{ record: RunRecord; states: RunState[]; askedByEpoch: number[]; kept: number }> {
  const config = { ...CONFIG, ...more };
  const executor = await createPlanExecutor(smallNetwork(), await createNodeWasmBackend(), cache);
  const data = {
    train: setOf(TRAIN, 'training', config),
    validation: setOf(VALIDATION, 'validation', null),
    classNames: ['a', 'b', 'c'],
  };
  const states: RunState[] = [];
  const askedByEpoch: number[] = [];
  let kept = 0;
  const { record } = await driveRun(
    setupOf(executor, smallNetwork(), data, config, {
      ...(resumeFrom !== null && { resumeFrom }),
      onEpochEnd: async (capture) => {
        states.push(await capture());
        askedByEpoch.push(asked.flat().length);
        asked = [];
        kept = Math.max(kept, executor.cacheSize.pictures);
      },
    }),
  );
  executor.dispose();
  return { record, states, askedByEpoch, kept };
}
const lossesOf = ({ steps }: RunRecord) => steps.map(({ loss }) => loss);

// Each epoch asks for 10 to train on and 4 to validate on, the first 8 of them at the end of the epoch before.
it.each([
  [{ augmentation: 'none' }, [14, 0, 0, 0, 0, 22, 6], 14],
  [{ augmentation: 'flip-crop', augmentationVariants: 2 }, [22, 2, 0, 0, 0, 22, 6], 24],
  [{ augmentation: 'flip-crop', augmentationVariants: null }, [22, 10, 10, 10, 10, 14, 6], 4],
] as const)('asks for pixels only where nothing is kept: %o', async (more, wanted, kept) => {
  const run = await train(more);
  expect(run.askedByEpoch).toEqual(wanted);
  expect(run.kept).toBe(kept);
});

it('keeps a picture and its mirror image', async () => {
  const { askedByEpoch, kept } = await train({ augmentation: 'flip' });
  expect(kept).toBeGreaterThan(14);
  expect(kept).toBeLessThanOrEqual(24);
  // The two unfrozen epochs ask for all of them.
  expect(askedByEpoch.reduce((sum, count) => sum + count)).toBe(kept + 2 * 14);
});

it.each([
  { augmentation: 'flip' },
  { augmentation: 'flip-crop', augmentationVariants: 2 },
  { augmentation: 'flip-crop', augmentationVariants: null },
] as const)('with and without the cache the losses agree: %o', async (more) => {
  const kept = await train(more);
  const computed = await train(more, NO_CACHE);
  expect(computed.kept).toBe(0);
  const losses = lossesOf(kept.record);
  expect(losses).toHaveLength(21);
  lossesOf(computed.record).forEach((loss, step) => {
    expect(Math.abs(loss - losses[step]!)).toBeLessThan(1e-6);
  });
});

it('another seed and another augmentation train on other pictures, the same ones on the same', async () => {
  const losses = async (more: Partial<TrainConfig>) => lossesOf((await train({ epochs: 2, ...more })).record);
  const flip = await losses({ augmentation: 'flip' });
  expect(await losses({ augmentation: 'flip' })).toEqual(flip);
  expect(await losses({ augmentation: 'none' })).not.toEqual(flip);
  expect(await losses({ augmentation: 'flip', shuffle: false })).not.toEqual(
    await losses({ augmentation: 'flip', shuffle: false, seed: 4 }),
  );
});

it.each([
  { augmentation: 'flip' },
  { augmentation: 'flip-crop', augmentationVariants: 3 },
  { augmentation: 'flip-crop', augmentationVariants: null },
] as const)('a run that is resumed goes on bit for bit: %o', async (more) => {
  const { record, states } = await train(more);
  for (const epoch of [1, 4]) {
    const rest = await train(more, CACHE, structuredClone(states[epoch - 1]!));
    expect(lossesOf(rest.record)).toEqual(lossesOf(record));
    expect(rest.record.config).toEqual(record.config);
  }
});
