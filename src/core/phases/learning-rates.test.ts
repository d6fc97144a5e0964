import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { resolveTrainConfig } from '../options/options';
import type { TrainConfig } from '../options/train-config';
import type { PhasePlan } from '../phase-plan';
import { lightningTiny } from '../testing/tiny-graphs';
import { compileBackboneFinetuning } from './compile-backbone-finetuning';
import { backboneRate, endEpoch, enterEpoch, headRate, type RateState, startRates } from './learning-rates';
import { advanceClock, startClock } from './phase-clock';
import { variableGroups } from './variable-groups';

interface EpochRates {
  readonly headLr: number;
  readonly backboneLr: number | null;
}

/** The rates at the start of every epoch; `resumeAt` puts the state through JSON before that epoch. */
function ratesOf(config: TrainConfig, resumeAt?: number): readonly EpochRates[] {
  const graph = lightningTiny();
  const { resolved } = resolveTrainConfig(config);
  const { plan } = compileBackboneFinetuning(graph, resolved);
  const groups = variableGroups(graph, plan);
  let clock = startClock(plan);
  let state = startRates(resolved.learningRate);
  const epochs: EpochRates[] = [];
  for (let epoch = 0; epoch < resolved.epochs; epoch++) {
    if (epoch === resumeAt) [clock, state] = JSON.parse(JSON.stringify([clock, state]));
    state = enterEpoch(state, plan, groups, clock.phaseIndex, epoch);
    epochs.push({ headLr: headRate(state), backboneLr: backboneRate(state) });
    state = endEpoch(state, resolved.lrSchedule, epoch, resolved.epochs);
    clock = advanceClock(clock, plan, 1);
  }
  return epochs;
}

const RUNS = new URL('../../../fixtures/lightning-tiny/runs/', import.meta.url);
const runs = readdirSync(RUNS).map((file): { name: string; config: TrainConfig; epochs: EpochRates[] } =>
  JSON.parse(readFileSync(new URL(file, RUNS), 'utf8')),
);

describe('learning rates of real Lightning runs', () => {
  it('has the runs', () => expect(runs.length).toBeGreaterThanOrEqual(14));

  it.each(runs)('$name', ({ config, epochs }) => {
    const rates = ratesOf(config);
    expect(rates).toHaveLength(epochs.length);
    epochs.forEach(({ headLr, backboneLr }, epoch) => {
      expect(Math.abs(rates[epoch]!.headLr / headLr - 1)).toBeLessThanOrEqual(1e-12);
      if (backboneLr === null) expect(rates[epoch]!.backboneLr).toBeNull();
      else expect(Math.abs(rates[epoch]!.backboneLr! / backboneLr - 1)).toBeLessThanOrEqual(1e-12);
    });
  });
});

describe('the callback’s rule', () => {
  const base = { epochs: 5, unfreezeBackboneAtEpoch: 1, learningRate: 0.1 } as const;
  const backbone = (config: Partial<TrainConfig>) =>
    ratesOf({ ...base, ...config }).map(({ backboneLr }) => backboneLr);

  it('doubles from a tenth up to the head’s rate, and stays there', () => {
    expect(backbone({})).toEqual([null, 0.1 * 0.1, 2 * (0.1 * 0.1), 4 * (0.1 * 0.1), 8 * (0.1 * 0.1)]);
    expect(backbone({ multiplier: 5 })).toEqual([null, 0.1 * 0.1, 5 * (0.1 * 0.1), 0.1, 0.1]);
  });

  it('passes the head’s rate where it need not align', () => {
    expect(backbone({ multiplier: 8, shouldAlign: false })[4]).toBeCloseTo(5.12, 12);
  });

  it('does not cap a rate of its own at the unfreezing epoch itself', () => {
    expect(backbone({ backboneInitialLr: 0.5 })).toEqual([null, 0.5, 0.1, 0.1, 0.1]);
  });

  it('multiplies its own memory, not the rate that the schedule has moved', () => {
    const lrSchedule = { kind: 'step', stepSize: 1, gamma: 0.5 } as const;
    expect(backbone({ backboneInitialLr: 0.001, lrSchedule })).toEqual([null, 0.001, 0.002, 0.004, 0.00625]);
  });

  it('follows half a cosine over all epochs at the head', () => {
    const heads = ratesOf({ ...base, lrSchedule: { kind: 'cosine', minLr: 0.01 } }).map(
      ({ headLr }) => headLr,
    );
    heads.forEach((rate, epoch) => {
      expect(rate).toBeCloseTo(0.01 + (0.09 * (1 + Math.cos((Math.PI * epoch) / 5))) / 2, 14);
    });
  });

  it('goes on exactly after being written to JSON before any epoch, and stays positive and below the head', () => {
    const config = fc.record({
      epochs: fc.integer({ min: 1, max: 12 }),
      unfreezeBackboneAtEpoch: fc.nat(12),
      learningRate: fc.double({ min: 1e-5, max: 1, noNaN: true }),
      multiplier: fc.double({ min: 0.5, max: 4, noNaN: true }),
      backboneInitialRatioLr: fc.double({ min: 0.01, max: 1, noNaN: true }),
      lrSchedule: fc.constantFrom(
        { kind: 'constant' } as const,
        { kind: 'step', stepSize: 2, gamma: 0.3 } as const,
        { kind: 'cosine' } as const,
      ),
    });
    fc.assert(
      fc.property(config, fc.nat(11), (options, resumeAt) => {
        const rates = ratesOf(options);
        expect(ratesOf(options, resumeAt)).toEqual(rates);
        for (const { headLr, backboneLr } of rates) {
          expect(headLr).toBeGreaterThan(0);
          if (backboneLr !== null) expect(backboneLr).toBeGreaterThan(0);
          if (backboneLr !== null) expect(backboneLr).toBeLessThanOrEqual(headLr);
        }
      }),
    );
  });
});

describe('a plan of three phases', () => {
  const modes = (trainable: readonly string[]) =>
    new Map(
      ['conv1', 'conv3', 'logits'].map((name) => [name, { trainable: trainable.includes(name), bn: null }]),
    );
  const joining = { multiplierAtEpoch: null, alignToHead: true } as const;
  const plan: PhasePlan = {
    phases: [
      {
        name: 'a',
        kind: 'frozen',
        start: { kind: 'epoch', epoch: 0 },
        modes: modes(['logits']),
        joining: null,
      },
      {
        name: 'b',
        kind: 'unfrozen',
        start: { kind: 'epoch', epoch: 1 },
        modes: modes(['logits', 'conv3']),
        joining: { ...joining, initial: { kind: 'divisor', divisor: 10 } },
      },
      {
        name: 'c',
        kind: 'unfrozen',
        start: { kind: 'epoch', epoch: 2 },
        modes: modes(['logits', 'conv3', 'conv1']),
        joining: { ...joining, initial: { kind: 'rate', rate: 0.25 } },
      },
    ],
  };

  it('adds a group a phase; the schedule acts on every one of them', () => {
    const groups = variableGroups(lightningTiny(), plan);
    const schedule = { kind: 'step', stepSize: 1, gamma: 0.5 } as const;
    let state: RateState = startRates(0.8);
    const seen = [0, 1, 2, 3].map((epoch) => {
      state = enterEpoch(state, plan, groups, Math.min(epoch, 2), epoch);
      const { rates } = state;
      state = endEpoch(state, schedule, epoch, 4);
      return rates;
    });
    expect(seen).toEqual([[0.8], [0.4, 0.04], [0.2, 0.02, 0.25], [0.1, 0.01, 0.125]]);
  });
});
