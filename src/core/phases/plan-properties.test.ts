import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Layer, LayerGraph } from '../graph/graph';
import { inferShapes } from '../graph/graph-shapes';
import { resolveTrainConfig } from '../options/options';
import { add, batchNorm, conv, dense, depthwise, graphOf, input, pool, relu } from '../testing/tiny-graphs';
import { compileBackboneFinetuning } from './compile-backbone-finetuning';
import { phaseView } from './layer-table';
import { endEpoch, enterEpoch, type RateState, startRates } from './learning-rates';
import { phaseBehaviour } from './phase-behaviour';
import { advanceClock, startClock } from './phase-clock';
import { checkPlan } from './plan-check';
import { parametersOf, variableGroups } from './variable-groups';

/** Chains of small blocks: a convolution of one kind, perhaps BatchNorm, an activation, a residual add. */
const block = fc.record({
  kind: fc.constantFrom('conv', 'depthwise'),
  filters: fc.integer({ min: 1, max: 4 }),
  norm: fc.constantFrom('none', 'plain', 'noScale', 'noAffine'),
  residual: fc.boolean(),
});

const AFFINE = { plain: ['gamma', 'beta'], noScale: ['beta'], noAffine: [] } as const;

const randomGraph: fc.Arbitrary<LayerGraph> = fc
  .tuple(fc.array(block, { minLength: 1, maxLength: 6 }), fc.nat(100))
  .map(([blocks, cut]) => {
    const layers: Layer[] = [input(3, null)];
    const ends: string[] = [];
    let last = 'input';
    let channels = 3;
    blocks.forEach(({ kind, filters, norm, residual }, index) => {
      const before = last;
      const width = kind === 'depthwise' ? channels : filters;
      const convolution = `b${index}_conv`;
      layers.push(
        kind === 'depthwise'
          ? depthwise(convolution, last, channels)
          : conv(convolution, last, channels, filters),
      );
      last = convolution;
      if (norm !== 'none') {
        layers.push(batchNorm(`b${index}_bn`, last, width, AFFINE[norm]));
        last = `b${index}_bn`;
      }
      layers.push(relu(`b${index}_relu`, last));
      last = `b${index}_relu`;
      if (residual && width === channels) {
        layers.push(add(`b${index}_add`, last, before));
        last = `b${index}_add`;
      }
      channels = width;
      ends.push(last);
    });
    layers.push(pool('pool', last), dense('logits', 'pool', channels, 3));
    return graphOf(layers, ends[cut % ends.length]!);
  });

const rate = fc.double({ min: 1e-4, max: 0.5, noNaN: true });
const randomOptions = fc.record(
  {
    epochs: fc.integer({ min: 1, max: 8 }),
    unfreezeBackboneAtEpoch: fc.nat(9),
    learningRate: rate,
    multiplier: fc.double({ min: 0.3, max: 5, noNaN: true }),
    backboneInitialLr: rate,
    backboneInitialRatioLr: rate,
    shouldAlign: fc.boolean(),
    trainBnFrozenPhase: fc.boolean(),
    trainBnUnfrozenPhase: fc.boolean(),
    preset: fc.constant('lightning-2.6'),
    lrSchedule: fc.constantFrom({ kind: 'cosine' }, { kind: 'step', stepSize: 1, gamma: 0.7 }),
  },
  { requiredKeys: ['epochs'] },
);

describe('for any network and any options', () => {
  it('groups, table, executor and rates tell one story, epoch by epoch', () => {
    fc.assert(
      fc.property(randomGraph, randomOptions, (graph, options) => {
        inferShapes(graph, [6, 6, 3]);
        const { resolved } = resolveTrainConfig(options);
        const { plan } = compileBackboneFinetuning(graph, resolved);
        checkPlan(graph, plan, resolved.epochs);
        const groups = variableGroups(graph, plan);
        const grouped = groups.flatMap(({ variables }) => variables);
        // No variable is in two groups.
        expect(new Set(grouped).size).toBe(grouped.length);

        const everTrained = new Set<string>();
        let clock = startClock(plan);
        let state: RateState = startRates(resolved.learningRate);
        for (let epoch = 0; epoch < resolved.epochs; epoch++) {
          state = enterEpoch(state, plan, groups, clock.phaseIndex, epoch);
          const view = phaseView(graph, plan, clock.phaseIndex, state.rates);
          expect(clock.phaseIndex === 1).toBe(epoch >= resolved.unfreezeBackboneAtEpoch);

          // The rows that say `trainable` have exactly the variables that the optimizer gets.
          const fromTable = graph.layers
            .filter((_, index) => view.layers[index]?.trainable === true)
            .flatMap((layer) => parametersOf(layer).map(({ name }) => name));
          expect(view.trained.map(({ name }) => name)).toEqual(fromTable);

          for (const { name, group } of view.trained) {
            everTrained.add(name);
            expect(groups[group]?.variables).toContain(name);
          }
          graph.layers.forEach((layer, index) => {
            const row = view.layers[index]!;
            expect(row.trainable === null).toBe(layer.weights.length === 0);
            expect(row.learningRate === null).toBe(row.trainable !== true);
            if (row.learningRate !== null) {
              expect(row.learningRate).toBeGreaterThan(0);
              const group = view.trained.find(({ name }) => name === parametersOf(layer)[0]?.name)?.group;
              expect(row.learningRate).toBe(state.rates[group!]);
            }
            expect(row.bn).toEqual(view.batchNorm.get(layer.name) ?? null);
            expect(row.bn !== null).toBe(layer.kind === 'batchNorm');
            if (layer.part === 'head' && parametersOf(layer).length > 0) expect(row.trainable).toBe(true);
          });

          const behaviour = phaseBehaviour(resolved)[clock.phaseIndex === 0 ? 0 : 1];
          graph.layers.forEach((layer, index) => {
            if (layer.part === 'head' || parametersOf(layer).length === 0) return;
            const word = view.layers[index]?.trainable ? 'trainable' : 'frozen';
            expect(word).toBe(layer.kind === 'batchNorm' ? behaviour.batchNorm : behaviour.backbone);
          });
          state = endEpoch(state, resolved.lrSchedule, epoch, resolved.epochs);
          clock = advanceClock(clock, plan, 1);
        }
        // The groups together are what ever trained; phase 0 counts although it may last no epoch.
        const beforeTraining = phaseView(graph, plan, 0, [1]).trained;
        for (const { name } of beforeTraining) everTrained.add(name);
        expect([...everTrained].sort()).toEqual([...grouped].sort());
      }),
      { numRuns: 300 },
    );
  });
});
