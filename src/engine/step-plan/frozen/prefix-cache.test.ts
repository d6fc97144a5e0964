import { describe, expect, it } from 'vitest';
import type { Network } from '../../../core/graph/graph';
import type { Batch, ExecutablePhase } from '../../executor';
import { createReferenceBackend } from '../../kernels/reference/reference-backend';
import { createNodeWasmBackend } from '../../kernels/testing/wasm-kernels';
import { createPlanExecutor, type PlanExecutor } from '../executor/plan-executor';
import { NETWORK_ZOO } from '../testing/network-zoo';
import { BATCH_NORM_MODES, classesOf, OPTIMIZERS, phaseOf, randomBatch } from '../testing/phases';
import { recordsIn, type SyncFile } from './frozen-values-disk';
import type { PrefixCacheOptions } from './prefix-cache';

const BACKENDS = {
  reference: async () => createReferenceBackend(),
  wasm: () => createNodeWasmBackend(),
} as const;

/** Tiny networks save too little a number to be kept by the usual rule. */
const EVERYTHING: PrefixCacheOptions = { budgetBytes: 1e9, leastWorkPerValue: 0, openDisk: null };
const PICTURES = 10;
const RATES = [0.01, 0.005];

const network = NETWORK_ZOO['ResNet-like']!();
const all = randomBatch(network.graph, classesOf(network.graph), PICTURES, 1);

function batchOf(places: readonly number[], ids: 'ids' | 'no ids' = 'ids'): Batch {
  const [, height, width, channels] = all.shape;
  const size = height * width * channels;
  const images = new Float32Array(places.length * size);
  places.forEach((place, index) => {
    images.set(all.images.subarray(place * size, (place + 1) * size), index * size);
  });
  return {
    images,
    shape: [places.length, height, width, channels],
    labels: Int32Array.from(places, (place) => all.labels[place]!),
    ...(ids === 'ids' && { pictureIds: places.map((place) => `picture ${place}`) }),
  };
}

/** Batches in another order each epoch, the last one smaller. */
const EPOCHS = [
  [
    [0, 1, 2, 3],
    [4, 5, 6, 7],
    [8, 9],
  ],
  [
    [9, 3, 5, 0],
    [1, 8, 2, 6],
    [7, 4],
  ],
  [
    [2, 4, 6, 8],
    [0, 1, 3, 5],
    [7, 9],
  ],
];
const EVALUATED = [3, 1, 4, 8, 5];

function phase(mode: 'trainable' | 'frozen', frozenUpTo: string | null): ExecutablePhase {
  return phaseOf(network.graph, BATCH_NORM_MODES[mode]!, OPTIMIZERS.adam!, frozenUpTo);
}

/** Trains in phases, evaluating after each epoch; everything that came out. */
async function train(executor: PlanExecutor, phases: readonly ExecutablePhase[], ids: 'ids' | 'no ids') {
  const losses: number[] = [];
  const logits: number[] = [];
  for (const each of phases) {
    await executor.enterPhase(each);
    for (const epoch of EPOCHS) {
      for (const places of epoch) losses.push((await executor.trainStep(batchOf(places, ids), RATES)).loss);
      logits.push(...(await executor.evaluate(batchOf(EVALUATED, ids))));
    }
  }
  const weights = [...(await executor.readWeights()).values()].flatMap((values) => [...values]);
  return { losses, logits, weights };
}

describe.each(Object.keys(BACKENDS) as (keyof typeof BACKENDS)[])('what is frozen, kept, on %s', (name) => {
  const make = async (options: PrefixCacheOptions = EVERYTHING, of: Network = network) =>
    createPlanExecutor(of, await BACKENDS[name](), options);
  const head = 'sum2Act';

  it.each([
    ['T/T', 'trainable', 'trainable'],
    ['T/F', 'trainable', 'frozen'],
    ['F/F', 'frozen', 'frozen'],
    ['F/T', 'frozen', 'trainable'],
  ] as const)('%s: losses, logits and weights are those without a cache', async (_, frozen, unfrozen) => {
    // Frozen, unfrozen from the middle on, all of it.
    const phases = [phase(frozen, head), phase(unfrozen, 'a2Bn'), phase(unfrozen, null)];
    const kept = await make();
    const plain = await make();
    const found = await train(kept, phases, 'ids');
    const wanted = await train(plain, phases, 'no ids');
    for (const what of ['losses', 'logits', 'weights'] as const) {
      const worst = Math.max(...wanted[what].map((value, i) => Math.abs(value - found[what][i]!)));
      // From the pictures on, evaluation folds a BatchNorm that it applies where it starts behind its convolution.
      const float32 = what === 'logits' ? 5e-6 : 1e-6;
      expect(worst, what).toBeLessThanOrEqual(name === 'reference' ? 1e-12 : float32);
    }
  });

  it('computes each picture once, for training and evaluation', async () => {
    const executor = await make();
    await executor.enterPhase(phase('frozen', head));
    let read = 0;
    const counted = (places: readonly number[]): Batch => {
      const { images, ...rest } = batchOf(places);
      return Object.defineProperty({ ...rest, images }, 'images', {
        get: () => {
          read += 1;
          return images;
        },
      });
    };
    await executor.trainStep(counted([0, 1, 2]), RATES);
    expect(read).toBeGreaterThan(0);
    expect(executor.cacheSize.pictures).toBe(3);
    read = 0;
    await executor.trainStep(counted([2, 0]), RATES);
    await executor.evaluate(counted([1, 0, 2]));
    expect(read).toBe(0);
    await executor.evaluate(counted([1, 7]));
    expect(read).toBeGreaterThan(0);
    expect(executor.cacheSize.pictures).toBe(4);
  });

  it('is dropped the moment anything before the boundary could change', async () => {
    const executor = await make();
    const fill = async () => {
      await executor.enterPhase(phase('frozen', head));
      await executor.trainStep(batchOf([0, 1, 2, 3]), RATES);
      expect(executor.cacheSize.pictures).toBe(4);
    };
    await fill();
    // The head's weights, and the frozen ones as they are, change nothing before the boundary.
    const weights = await executor.readWeights();
    await executor.writeWeights(new Map([['logits/bias', weights.get('logits/bias')!.map((v) => v + 1)]]));
    await executor.writeWeights(weights);
    await executor.enterPhase(phase('frozen', head));
    await executor.trainStep(batchOf([0, 1]), RATES);
    expect(executor.cacheSize.pictures).toBe(4);

    for (const name of ['stem/kernel', 'b1Bn/movingMean', 'a1Bn/gamma']) {
      const moved = (await executor.readWeights([name])).get(name)!.map((value) => value + 0.01);
      await executor.writeWeights(new Map([[name, moved]]));
      expect(executor.cacheSize.pictures, name).toBe(0);
      await fill();
    }
    // Another boundary: at its first step, whether the pictures have ids or not.
    await executor.enterPhase(phase('frozen', 'a2Bn'));
    await executor.trainStep(batchOf([5], 'no ids'), RATES);
    expect(executor.cacheSize.pictures).toBe(0);
    await fill();
    // BatchNorm that normalises by the batch.
    await executor.enterPhase(phase('trainable', head));
    await executor.evaluate(batchOf([6]));
    expect(executor.cacheSize.pictures).toBe(1);
    const afterwards = await train(executor, [phase('trainable', null), phase('frozen', head)], 'ids');
    expect(afterwards.losses.every(Number.isFinite)).toBe(true);
  });

  it('a budget that is too small, and a disk that is full, only make it slower', async () => {
    const phases = [phase('frozen', head)];
    const wanted = await train(await make(), phases, 'ids');
    const recordBytes = 10 * (name === 'reference' ? 8 : 4);
    const half = await make({ ...EVERYTHING, budgetBytes: 4.5 * recordBytes });
    expect(await train(half, phases, 'ids')).toEqual(wanted);
    expect(half.cacheSize).toMatchObject({ pictures: 4, memoryBytes: 4 * recordBytes });

    const disk = await make({
      ...EVERYTHING,
      budgetBytes: 2.5 * recordBytes,
      openDisk: async (bytes) => recordsIn(smallFile(3 * bytes), bytes, () => {}),
    });
    expect(await train(disk, phases, 'ids')).toEqual(wanted);
    expect(disk.cacheSize).toEqual({
      pictures: 5,
      memoryBytes: 2 * recordBytes,
      diskBytes: 3 * recordBytes,
    });
  });

  it('holds no more memory the longer it trains', async () => {
    const executor = await make();
    await executor.enterPhase(phase('frozen', head));
    const round = async () => {
      for (const epoch of EPOCHS) {
        for (const places of epoch) await executor.trainStep(batchOf(places), RATES);
        await executor.evaluate(batchOf(EVALUATED));
      }
    };
    await round();
    const { bytes, tensors } = executor.stats();
    for (let i = 0; i < 70; i += 1) await round();
    expect(executor.stats()).toMatchObject({ bytes, tensors });
    executor.dispose();
  });

  it('is not kept where a number saves hardly any work', async () => {
    const executor = await make({ ...EVERYTHING, leastWorkPerValue: 1e6 });
    await executor.enterPhase(phase('frozen', head));
    await executor.trainStep(batchOf([0, 1]), RATES);
    expect(executor.cacheSize.pictures).toBe(0);
    expect(executor.planView()?.startsAt).toBe('pictures');
  });
});

/** A file on a disk of so many bytes, that says it is full as a browser does. */
function smallFile(capacity: number): SyncFile {
  const bytes = new Uint8Array(capacity);
  return {
    write: (from, { at }) => {
      if (at + from.length > capacity) throw new DOMException('No room', 'QuotaExceededError');
      bytes.set(from, at);
      return from.length;
    },
    read: (into, { at }) => {
      into.set(bytes.subarray(at, at + into.length));
      return into.length;
    },
    truncate: () => {},
    close: () => {},
  };
}
