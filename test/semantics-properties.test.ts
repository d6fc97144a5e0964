import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isStatistic, type Network } from '../src/core/graph/graph';
import { withKeptHead } from '../src/core/graph/graph-edit';
import { resolveTrainConfig } from '../src/core/options/options';
import type { ResolvedTrainConfig } from '../src/core/options/resolved-config';
import { planOfConfig } from '../src/core/phases/plan-of-config';
import { parametersOf, variableGroups } from '../src/core/phases/variable-groups';
import type { TrainingEvent } from '../src/core/run/events';
import type { RunState } from '../src/core/run/run-state';
import { buildNetwork, type LayerDescription, layer } from '../src/engine/step-plan/testing/build-network';
import { driveRun, setupOf } from '../src/engine/testing/drive-run';
import { EXECUTORS } from '../src/engine/testing/executors';
import { smallData } from '../src/engine/testing/small-problem';

// Random small networks, plans and options, trained on real executors: what the table says is what happened.

const block = fc.record({
  kind: fc.constantFrom('conv', 'depthwise', 'strided'),
  filters: fc.integer({ min: 2, max: 5 }),
  bias: fc.constantFrom('with', 'without'),
  norm: fc.constantFrom('batch', 'batch', 'none'),
  // None that can die: then every kernel has a gradient.
  activation: fc.constantFrom('silu', 'geluTanh', 'linear'),
  residual: fc.boolean(),
});

const randomNetwork: fc.Arbitrary<Network> = fc
  .tuple(fc.array(block, { minLength: 1, maxLength: 4 }), fc.nat(3), fc.nat(1000))
  .map(([blocks, cut, seed]) => {
    const ends: string[] = [];
    let before = 'input';
    let channels = 3;
    const layers = blocks.flatMap(({ kind, filters, bias, norm, activation, residual }, index) => {
      const name = (part: string) => `b${index}_${part}`;
      const fits = residual && (kind === 'depthwise' || (kind === 'conv' && filters === channels));
      const strides = kind === 'strided' && index < 2 ? [2, 2] : [1, 1];
      const parts: LayerDescription[] = [
        kind === 'depthwise'
          ? layer.depthwise(name('conv'), 3, { bias })
          : layer.conv(name('conv'), filters, 3, { bias, strides }),
        ...(norm === 'batch' ? [layer.batchNorm(name('bn'), { momentum: 0.6 })] : []),
        layer.activation(name('act'), activation),
        ...(fits && index > 0 ? [layer.merge('add', name('sum'), name('act'), before)] : []),
      ];
      before = parts.at(-1)!.name;
      ends.push(before);
      if (kind !== 'depthwise') channels = filters;
      return parts;
    });
    const head = [layer.globalAverage('pool'), layer.dense('hidden', 4), layer.dense('logits', 3)];
    return withKeptHead(buildNetwork([6, 6, 3], [...layers, ...head], seed), ends[cut % ends.length]!);
  });

const rate = fc.double({ min: 1e-3, max: 0.05, noNaN: true });
const EPOCHS = 3;

const callbackPlan = fc.record(
  {
    unfreezeBackboneAtEpoch: fc.nat(EPOCHS),
    trainBnFrozenPhase: fc.boolean(),
    trainBnUnfrozenPhase: fc.boolean(),
    multiplier: fc.double({ min: 0.5, max: 3, noNaN: true }),
    shouldAlign: fc.boolean(),
    backboneInitialLr: rate,
    preset: fc.constant('lightning-2.6'),
  },
  { requiredKeys: [] },
);

const mode = fc.constantFrom('trainable', 'frozen', {
  affine: 'trained',
  normaliser: 'running',
  statistics: 'held',
} as const);

/** Phases that take the backbone from the back, with some BatchNorm of their own where there is one. */
const ownPlan = fc.record({
  trainBnFrozenPhase: fc.boolean(),
  trainBnUnfrozenPhase: fc.boolean(),
  count: fc.integer({ min: 1, max: 3 }),
  atOnce: fc.boolean(),
  own: fc.option(mode, { nil: undefined }),
  multiplier: fc.option(fc.double({ min: 0.5, max: 2, noNaN: true }), { nil: undefined }),
  stalled: fc.boolean(),
});

type OwnPlan = typeof ownPlan extends fc.Arbitrary<infer Plan> ? Plan : never;

function phasesFor(network: Network, plan: OwnPlan): object {
  const { count, atOnce, own, multiplier, stalled, ...switches } = plan;
  const backbone = network.graph.layers.filter(
    ({ part, weights }) => part === 'backbone' && weights.length > 0,
  );
  const hasBatchNorm = backbone.some(({ kind }) => kind === 'batchNorm');
  const share = Math.ceil(backbone.length / count);
  const phases = Array.from({ length: count }, (_, index) => {
    const layers = backbone.slice(
      Math.max(0, backbone.length - (index + 1) * share),
      backbone.length - index * share,
    );
    return {
      start: stalled
        ? { kind: 'stalled', patience: 1, minDelta: 10, atLatestEpoch: null }
        : { kind: 'epoch', epoch: atOnce ? 0 : index + 1 },
      layers: layers.map(({ name }) => name),
      ...(own !== undefined && hasBatchNorm && index === 1 && { batchNorm: { '*': own } }),
      ...(multiplier !== undefined && { rate: { multiplier, ratio: 0.5, shouldAlign: true } }),
    };
  });
  return { ...switches, phases: [{ name: 'head' }, ...phases] };
}

const common = fc.record({
  learningRate: rate,
  optimizer: fc.constantFrom('sgd', 'momentum', 'adam', 'adamw'),
  weightDecay: fc.constantFrom(0, 0.01),
  lrSchedule: fc.constantFrom(
    { kind: 'constant' },
    { kind: 'step', stepSize: 1, gamma: 0.7 },
    { kind: 'cosine' },
  ),
  seed: fc.nat(100),
});

const example = fc
  .tuple(randomNetwork, common, fc.oneof(callbackPlan, ownPlan))
  .map(([network, options, plan]) => {
    const chosen = 'count' in plan ? phasesFor(network, plan) : plan;
    return { network, config: { epochs: EPOCHS, batchSize: 5, ...options, ...chosen } };
  });

/** The callback's rule as Lightning's `finetune_function` has it, over the head's rate in closed form. */
function lightningRates(config: ResolvedTrainConfig): readonly (readonly [number, number | null])[] {
  let previous: number | null = null;
  return Array.from({ length: config.epochs }, (_, epoch) => {
    const head = headAt(config, epoch);
    if (epoch === config.unfreezeBackboneAtEpoch) {
      previous = config.backboneInitialLr ?? head * config.backboneInitialRatioLr;
    } else if (previous !== null) {
      previous *= config.multiplierAtEpoch[epoch]!;
      if (config.shouldAlign && previous > head) previous = head;
    }
    return [head, previous] as const;
  });
}

function headAt({ learningRate, lrSchedule, epochs }: ResolvedTrainConfig, epoch: number): number {
  if (lrSchedule.kind === 'step')
    return learningRate * lrSchedule.gamma ** Math.floor(epoch / lrSchedule.stepSize);
  if (lrSchedule.kind === 'constant') return learningRate;
  const { minLr } = lrSchedule;
  return minLr + ((learningRate - minLr) * (1 + Math.cos((Math.PI * epoch) / epochs))) / 2;
}

function expectRates(
  found: readonly (readonly (number | null)[])[],
  wanted: ReturnType<typeof lightningRates>,
): void {
  for (const [epoch, pair] of wanted.entries()) {
    for (const [group, rate] of pair.entries()) {
      const ours = found[epoch]![group]!;
      if (rate === null) expect(ours).toBeNull();
      else expect(Math.abs(ours / rate - 1), `group ${group} in epoch ${epoch}`).toBeLessThan(1e-12);
    }
  }
}

const same = (a: Float32Array, b: Float32Array) => Buffer.compare(bytesOf(a), bytesOf(b)) === 0;
const bytesOf = ({ buffer, byteOffset, byteLength }: Float32Array) =>
  Buffer.from(buffer, byteOffset, byteLength);

describe.each([
  ['tfjs (cpu)', 12],
  ['plan (reference)', 60],
  ['plan (wasm)', 150],
] as const)('for any network, plan and options, on %s', (name, numRuns) => {
  const data = smallData(10, 4);

  it('the table, the groups and what moved are the same', async () => {
    await fc.assert(
      fc.asyncProperty(example, async ({ network, config }) => {
        const { graph } = network;
        const { resolved } = resolveTrainConfig(config);
        const { plan } = planOfConfig(graph, resolved);
        const groups = variableGroups(graph, plan);
        const executor = await EXECUTORS[name](network);
        const snapshots = [network.weights];
        const states: RunState[] = [];
        const events: TrainingEvent[] = [];
        await driveRun(
          setupOf(executor, network, data, config, {
            onEpochEnd: async (capture) => {
              states.push(await capture());
            },
          }),
          async (event) => {
            events.push(event);
            if (event.type === 'epochEnded') snapshots.push(await executor.readWeights());
            return 'continue' as const;
          },
        );
        executor.dispose();

        const ends = events.filter((event) => event.type === 'epochEnded');
        expect(ends).toHaveLength(EPOCHS);
        const everTrained = new Set<string>();
        for (const [epoch, { layers, record }] of ends.entries()) {
          const [before, after] = [snapshots[epoch]!, snapshots[epoch + 1]!];
          for (const [index, row] of layers.entries()) {
            for (const { name: variable, role } of graph.layers[index]!.weights) {
              const moved = !same(before.get(variable)!, after.get(variable)!);
              if (isStatistic(role)) {
                // Held is bit for bit; updated moves, for random pictures have no statistics like the running ones.
                expect(moved, `${variable} in epoch ${epoch}`).toBe(row.bn?.statistics === 'updated');
              } else if (row.trainable !== true) {
                expect(moved, `${variable} in epoch ${epoch}`).toBe(false);
              } else {
                everTrained.add(variable);
              }
            }
            if (row.trainable === true) {
              const variable = parametersOf(graph.layers[index]!)[0]!.name;
              const group = groups.findIndex(({ variables }) => variables.includes(variable));
              expect(row.learningRate).toBe(record.groupLrs?.[group]);
              expect(row.learningRate).toBeGreaterThan(0);
            }
          }
          expect(record.groupLrs?.[0]).toBe(record.headLr);
        }

        const grouped = groups.flatMap(({ variables }) => variables);
        expect(new Set(grouped).size).toBe(grouped.length);
        for (const variable of everTrained) expect(grouped).toContain(variable);
        // Whoever has optimizer state has trained, and has had an update for each step since.
        const last = states.at(-1)!;
        for (const [variable, { stepCount }] of last.optimizer) {
          expect(everTrained).toContain(variable);
          expect(stepCount).toBeGreaterThan(0);
          expect(stepCount).toBeLessThanOrEqual(last.step);
        }
        // A table that says `trainable` over a run in which nothing moved would be a lie, too.
        const moved = [...everTrained].filter(
          (variable) => !same(network.weights.get(variable)!, last.weights.get(variable)!),
        );
        expect(moved.length).toBeGreaterThan(0);
        expect(moved).toContain('logits/bias');
        // A kernel gets a gradient wherever it is.
        const still = [...everTrained].filter((each) => each.endsWith('/kernel') && !moved.includes(each));
        expect(still).toEqual([]);
        const rates = ends.map(({ record: { headLr, backboneLr } }) => [headLr, backboneLr]);
        if (!('phases' in config)) expectRates(rates, lightningRates(resolved));
      }),
      { numRuns, seed: 20261123 },
    );
  }, 120_000);
});
