import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Network } from '../../../core/graph/graph';
import { compactableBuffers } from '../../kernels/webgpu/compactable';
import { recordCalls } from '../../kernels/webgpu/recorder';
import { HARDWARE_TUNING } from '../../kernels/wgsl/tuning';
import { recordedNetwork } from '../../testing/efficientnet-step';
import { wideNetwork } from '../../testing/wide-network';
import type { BackendTraits } from '../backend';
import { layOutParameters } from '../parameter-layout';
import { ALIGNMENT_WORDS, aligned, type PlanBuffer, type StepPlan, sharedArenaWords, wordsOf } from '../plan';
import { NETWORK_ZOO } from '../testing/network-zoo';
import { BATCH_NORM_MODES, classesOf, OPTIMIZERS, phaseOf, randomBatch } from '../testing/phases';
import { compileTrainingPlan } from './compile-training';

const NETWORKS: Readonly<Record<string, () => Network>> = { ...NETWORK_ZOO, wide: wideNetwork };
const SCRATCH_WORDS = 100;

interface Wanted {
  readonly network: string;
  readonly mode: string;
  readonly storage: 'float32' | 'half';
  readonly inPlace: BackendTraits['inPlace'];
  readonly batch: number;
}

function planOf({ network, mode, storage, inPlace, batch }: Wanted, segmentWords: number): StepPlan {
  const { graph } = NETWORKS[network]!();
  const phase = phaseOf(graph, BATCH_NORM_MODES[mode]!, OPTIMIZERS.adam!);
  const layout = layOutParameters(graph, phase, new Map());
  const { shape } = randomBatch(graph, classesOf(graph), batch, 1);
  const request = { graph, phase, layout, shape, startsAt: 'pictures', classWeights: 'none' } as const;
  return compileTrainingPlan(
    { ...request, storage },
    {
      inPlace,
      segmentWords,
      scratchElements: () => SCRATCH_WORDS,
      compactable: (plan) => compactableBuffers(plan, HARDWARE_TUNING),
    },
  );
}

function arenaOf({ buffers }: StepPlan): readonly PlanBuffer[] {
  return buffers.filter(({ region }) => region === 'arena');
}

function longestBuffer(plan: StepPlan): number {
  return Math.max(...arenaOf(plan).map((buffer) => aligned(wordsOf(buffer))));
}

/** Both alive at a call; that one is written over the other by the call that reads it last does not count. */
function areAliveTogether(a: PlanBuffer, b: PlanBuffer): boolean {
  const isInPlace = a.offset === b.offset && (a.life.last === b.life.first || b.life.last === a.life.first);
  return !isInPlace && a.life.first <= b.life.last && b.life.first <= a.life.last;
}

const WANTED = fc.record({
  network: fc.constantFrom(...Object.keys(NETWORKS)),
  mode: fc.constantFrom(...Object.keys(BATCH_NORM_MODES)),
  storage: fc.constantFrom('float32', 'half'),
  inPlace: fc.constantFrom('allowed', 'forbidden'),
  batch: fc.integer({ min: 1, max: 6 }),
}) satisfies fc.Arbitrary<Wanted>;

/** From segments that just hold the longest buffer to one that nearly holds all. */
const FULLNESS = fc.double({ min: 0, max: 0.99, noNaN: true });

describe('an arena in segments', () => {
  it('has no buffer across a cut, none over another that is alive, and is told to the word', () => {
    let cut = 0;
    const check = (wanted: Wanted, fullness: number) => {
      const whole = planOf(wanted, Number.POSITIVE_INFINITY);
      const least = longestBuffer(whole);
      const length = aligned(least + fullness * (whole.arenaWords - least));
      const plan = planOf(wanted, length);
      expect(plan.segmentWords).toBe(length);
      const used = plan.segments.map(() => 0);
      const arena = arenaOf(plan);
      for (const [index, a] of arena.entries()) {
        const segment = Math.floor(a.offset / length);
        const end = (a.offset % length) + wordsOf(a);
        expect(a.offset % ALIGNMENT_WORDS).toBe(0);
        expect(end, a.name).toBeLessThanOrEqual(length);
        used[segment] = Math.max(used[segment]!, aligned(end));
        for (const b of arena.slice(index + 1)) {
          const overlap = a.offset < b.offset + wordsOf(b) && b.offset < a.offset + wordsOf(a);
          expect(overlap && areAliveTogether(a, b), `${a.name} and ${b.name}`).toBe(false);
        }
      }
      expect(plan.segments).toEqual(used);
      expect(plan.arenaWords).toBe(used.reduce((sum, words) => sum + words, 0));
      if (used.length > 1) cut += 1;
    };
    fc.assert(fc.property(WANTED, FULLNESS, check), { numRuns: 60, seed: 20261124 });
    expect(cut).toBeGreaterThan(40);
  });

  it('has one segment where that holds everything, and is then what it is without segments', () => {
    const check = (wanted: Wanted) => {
      const whole = planOf(wanted, Number.POSITIVE_INFINITY);
      expect(whole.segments).toEqual([whole.arenaWords]);
      const { segmentWords, ...plan } = planOf(wanted, whole.arenaWords);
      expect(segmentWords).toBe(whole.arenaWords);
      expect({ ...plan, segmentWords: Number.POSITIVE_INFINITY }).toEqual(whole);
      expect(planOf(wanted, whole.arenaWords - ALIGNMENT_WORDS).segments.length).toBe(2);
    };
    fc.assert(fc.property(WANTED, check), { numRuns: 20, seed: 20261124 });
  });

  it('is one where a buffer is longer than a segment, so that its size can be told', () => {
    const check = (wanted: Wanted) => {
      const whole = planOf(wanted, Number.POSITIVE_INFINITY);
      expect(planOf(wanted, longestBuffer(whole) - ALIGNMENT_WORDS)).toEqual(whole);
    };
    fc.assert(fc.property(WANTED, check), { numRuns: 10, seed: 20261124 });
  });

  it('wastes little of the segments', () => {
    const wanted = { mode: 'trainable', storage: 'float32', inPlace: 'allowed', batch: 6 } as const;
    for (const network of Object.keys(NETWORKS)) {
      const whole = planOf({ network, ...wanted }, Number.POSITIVE_INFINITY);
      const plan = planOf({ network, ...wanted }, 2 * longestBuffer(whole));
      expect(plan.segments.length, network).toBeGreaterThan(1);
      expect(plan.arenaWords, network).toBeLessThanOrEqual(1.1 * whole.arenaWords);
    }
  });

  it('still fits in eight storage buffers, where shaders bind neighbours as one', () => {
    const check = (wanted: Wanted) => {
      const whole = planOf(wanted, Number.POSITIVE_INFINITY);
      const plan = planOf(wanted, longestBuffer(whole));
      const { dispatches } = recordCalls(plan, plan.calls, { tuning: HARDWARE_TUNING, maxStorageBuffers: 8 });
      for (const { bindings, label } of dispatches) {
        expect(bindings.length, label).toBeLessThanOrEqual(8);
        for (const { range } of bindings) {
          const end = range.offset + wordsOf(range);
          if (range.space.startsWith('arena')) expect(end, label).toBeLessThanOrEqual(plan.segmentWords);
        }
      }
    };
    fc.assert(fc.property(WANTED, check), { numRuns: 40, seed: 20261124 });
  });

  it('lets EfficientNet-Lite0 at 224×224 train where a buffer is 1 GiB or 256 MiB at most', async () => {
    const { graph } = await recordedNetwork();
    const phase = phaseOf(graph, BATCH_NORM_MODES.trainable!, OPTIMIZERS.adam!);
    const layout = layOutParameters(graph, phase, new Map());
    const segmentsOf = (batch: number, segmentWords: number) => {
      const shape = [batch, 224, 224, 3] as const;
      const request = { graph, phase, layout, shape, startsAt: 'pictures', classWeights: 'none' } as const;
      const traits = {
        inPlace: 'allowed',
        scratchElements: () => 0,
        compactable: () => new Set<number>(),
      } as const;
      return compileTrainingPlan(request, { ...traits, segmentWords });
    };
    for (const batch of [16, 32]) {
      const whole = segmentsOf(batch, Number.POSITIVE_INFINITY);
      const [large, small] = [2 ** 28, 2 ** 26].map((length) => segmentsOf(batch, length));
      expect([large!.segments.length, small!.segments.length]).toEqual(batch === 16 ? [1, 4] : [2, 7]);
      expect(large!.arenaWords).toBeLessThanOrEqual(1.001 * whole.arenaWords);
      expect(small!.arenaWords).toBeLessThanOrEqual(1.001 * whole.arenaWords);
    }
  });

  it('takes of plans that run in turn the longest of each segment', () => {
    expect(sharedArenaWords([{ segments: [640] }])).toBe(640);
    expect(sharedArenaWords([{ segments: [640, 128] }, { segments: [320, 256, 64] }])).toBe(960);
  });
});
