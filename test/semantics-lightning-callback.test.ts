import { describe, expect, it } from 'vitest';
import { FROZEN_BATCH_NORM, TRAINABLE_BATCH_NORM } from '../src/core/batch-norm';
import { type Layer, type LayerGraph, type Network, parameterCount } from '../src/core/graph/graph';
import { withKeptHead } from '../src/core/graph/graph-edit';
import { resolveTrainConfig } from '../src/core/options/options';
import type { TrainPhase } from '../src/core/options/train-config';
import { planOfConfig } from '../src/core/phases/plan-of-config';
import { parametersOf, variableGroups } from '../src/core/phases/variable-groups';
import { batchNorm, conv, dense, graphOf, input, pool } from '../src/core/testing/tiny-graphs';
import { buildNetwork, layer } from '../src/engine/step-plan/testing/build-network';
import { driveRun, setupOf } from '../src/engine/testing/drive-run';
import { EXECUTORS } from '../src/engine/testing/executors';
import { smallData, smallNetwork } from '../src/engine/testing/small-problem';

// The tests that Lightning has of its callback (tests/tests_pytorch/callbacks/test_finetuning_callback.py),
// each by the name it has there. Distributed strategies have no counterpart.

function plan(graph: LayerGraph, options: object) {
  const { resolved } = resolveTrainConfig({ epochs: 6, ...options });
  const compiled = planOfConfig(graph, resolved);
  return { ...compiled, groups: variableGroups(graph, compiled.plan).map(({ variables }) => variables) };
}

/** Names of the layers that train in a phase. */
function trainedLayers(graph: LayerGraph, options: object, phaseIndex: number): readonly string[] {
  const { plan: compiled } = plan(graph, options);
  return [...compiled.phases[phaseIndex]!.modes].filter(([, mode]) => mode.trainable).map(([name]) => name);
}

/** Every part of a plan of one phase an epoch, as a callback that unfreezes one layer at each epoch. */
const layerByLayer = (names: readonly string[]): readonly TrainPhase[] => [
  {},
  ...names.map((name, index) => ({
    name: `with ${name}`,
    start: { kind: 'epoch', epoch: index + 1 } as const,
    layers: [name],
  })),
];

const run = EXECUTORS['plan (wasm)'];

describe('test_finetuning_callback_warning', () => {
  it('a layer that the optimizer has already is skipped, with a warning, and is in one group only', () => {
    const { graph } = smallNetwork();
    const phases = [{ layers: ['conv1'] }, { start: { kind: 'epoch', epoch: 1 }, layers: ['conv1', 'dw2'] }];
    const { warnings, groups } = plan(graph, { phases });
    expect(warnings).toMatchObject([
      { code: 'duplicate-parameters', message: expect.stringContaining('"conv1"') },
    ]);
    expect(groups.flat().filter((name) => name === 'conv1/kernel')).toHaveLength(1);
    expect(groups[0]).toContain('conv1/kernel');
    expect(groups[1]).toEqual(['dw2/kernel', 'dw2/bias']);
  });
});

describe('test_freeze_unfreeze_function', () => {
  const { graph } = smallNetwork();
  const frozen = (options: object) => plan(graph, { unfreezeBackboneAtEpoch: 1, ...options }).plan.phases[0]!;
  const unfrozen = (options: object) =>
    plan(graph, { unfreezeBackboneAtEpoch: 1, ...options }).plan.phases[1]!;

  it('freezing with BatchNorm trained freezes all but BatchNorm, which goes on tracking', () => {
    const { modes } = frozen({ trainBnFrozenPhase: true });
    expect(modes.get('conv1')?.trainable).toBe(false);
    expect(modes.get('dw2')?.trainable).toBe(false);
    expect(modes.get('bn1')).toEqual({ trainable: true, bn: TRAINABLE_BATCH_NORM });
  });

  it('freezing without freezes BatchNorm too, and it tracks nothing', () => {
    const { modes } = frozen({ trainBnFrozenPhase: false });
    expect(modes.get('conv1')?.trainable).toBe(false);
    expect(modes.get('bn1')).toEqual({ trainable: false, bn: FROZEN_BATCH_NORM });
    // What Lightning's `freeze_module` does: `track_running_stats` off, but still in training mode.
    const preset = frozen({ trainBnFrozenPhase: false, preset: 'lightning-2.6' });
    expect(preset.modes.get('bn1')?.bn).toEqual({
      affine: 'frozen',
      normaliser: 'batch',
      statistics: 'held',
    });
  });

  it('make_trainable makes everything trainable, and BatchNorm tracks again', () => {
    for (const preset of [{}, { preset: 'lightning-2.6' }]) {
      const { modes } = unfrozen({ trainBnFrozenPhase: false, ...preset });
      expect([...modes.values()].every(({ trainable }) => trainable)).toBe(true);
      expect(modes.get('bn2')?.bn).toEqual(TRAINABLE_BATCH_NORM);
    }
  });

  it('one layer, or a nested list of them, can be frozen alone', () => {
    const phases = [{ layers: ['conv1'], batchNorm: { bn1: 'frozen', bn2: 'trainable' } }];
    expect(trainedLayers(graph, { phases }, 0)).toEqual(['conv1', 'bn2', 'logits']);
  });
});

describe('test_unfreeze_and_add_param_group_function', () => {
  const graph = graphOf(
    [
      input(),
      ...['a', 'b', 'c', 'd', 'e'].map((name, index, names) => conv(name, names[index - 1] ?? 'input', 3, 3)),
      batchNorm('bn', 'e', 3),
      pool('pool', 'bn'),
      dense('logits', 'pool', 3, 2),
    ],
    'bn',
  );
  const phases = [
    { layers: ['a'] },
    { start: { kind: 'epoch', epoch: 1 }, layers: ['b'] },
    { start: { kind: 'epoch', epoch: 2 }, layers: ['*'], rate: 100 },
  ];
  const options = { phases, trainBnFrozenPhase: false, trainBnUnfrozenPhase: false, learningRate: 0.01 };

  it('adds a group of what is not in the optimizer yet, BatchNorm left out', () => {
    const { groups } = plan(graph, options);
    expect(groups).toEqual([
      ['a/kernel', 'logits/kernel', 'logits/bias'],
      ['b/kernel'],
      ['c/kernel', 'd/kernel', 'e/kernel'],
    ]);
  });

  it('gives a group without a rate of its own the first group’s, divided by initialDenomLr', async () => {
    const network: Network = {
      graph,
      weights: new Map(
        graph.layers.flatMap(({ weights }) =>
          weights.map(({ name, shape }) => [
            name,
            new Float32Array(shape.reduce((a, b) => a * b, 1)).fill(0.1),
          ]),
        ),
      ),
    };
    const { resolved } = resolveTrainConfig({ epochs: 3, ...options });
    const { record } = await driveRun(
      setupOf(
        await run(network),
        network,
        smallData(4, 2),
        { epochs: 3, batchSize: 4, ...options },
        { validation: null },
      ),
    );
    expect(resolved.initialDenomLr).toBe(10);
    expect(record.epochs.map(({ groupLrs }) => groupLrs)).toEqual([
      [0.01],
      [0.01, 0.01 / 10],
      [0.01, 0.01 / 10, 100],
    ]);
  });
});

describe('test_base_finetuning_internal_optimizer_metadata', () => {
  const graph = graphOf(
    [
      input(),
      ...['a', 'b', 'c', 'd', 'e'].map((name, index, names) => conv(name, names[index - 1] ?? 'input', 3, 3)),
      pool('pool', 'e'),
      dense('logits', 'pool', 3, 2),
    ],
    'e',
  );

  it('a layer more at each epoch is a group more, in that order', () => {
    const { groups } = plan(graph, { phases: layerByLayer(['b', 'a', 'e', 'c', 'd']) });
    expect(groups).toEqual([
      ['logits/kernel', 'logits/bias'],
      ['b/kernel'],
      ['a/kernel'],
      ['e/kernel'],
      ['c/kernel'],
      ['d/kernel'],
    ]);
  });

  it('a layer that is not there is an error before anything starts (Lightning: an IndexError on the way)', () => {
    expect(() => plan(graph, { phases: layerByLayer(['a', 'f']) })).toThrowError(
      expect.objectContaining({ code: 'layer-unknown' }),
    );
  });
});

describe('test_complex_nested_model', () => {
  // Modules nest in names; those with parameters of their own beside those of their parts are layers too.
  const nested = (name: string, from: string, channels: number, filters: number): readonly Layer[] => [
    conv(`${name}/module_dict/conv`, from, channels, filters, {
      weights: [
        { name: `${name}/module_dict/conv/kernel`, shape: [3, 3, channels, filters], role: 'kernel' },
        { name: `${name}/module_dict/conv/bias`, shape: [filters], role: 'bias' },
      ],
    }),
    // `parent_param`: a parameter of the block itself, as layer scale is.
    {
      ...conv(name, `${name}/module_dict/conv`, filters, filters, { kernelSize: [1, 1], groups: filters }),
      weights: [{ name: `${name}/parent_param`, shape: [1, 1, 1, filters], role: 'kernel' }],
    },
    batchNorm(`${name}/bn`, name, filters),
  ];
  const graph = graphOf(
    [
      input(),
      ...nested('encoder/0', 'input', 3, 4),
      ...nested('encoder/1', 'encoder/0/bn', 4, 6),
      ...nested('decoder', 'encoder/1/bn', 6, 5),
      pool('pool', 'decoder/bn'),
      dense('logits', 'pool', 5, 2),
    ],
    'decoder/bn',
  );

  it('freezing an encoder freezes leaves and a parent’s own parameter, and leaves its BatchNorm', () => {
    const trained = trainedLayers(graph, { phases: [{ layers: ['decoder*'] }] }, 0);
    expect(trained).toEqual([
      'encoder/0/bn',
      'encoder/1/bn',
      'decoder/module_dict/conv',
      'decoder',
      'decoder/bn',
      'logits',
    ]);
  });

  it('unfreezing it yields every parameter once, a parent’s own among them', () => {
    const phases = [
      { batchNorm: { '*': 'frozen' } },
      { start: { kind: 'epoch', epoch: 1 }, layers: ['encoder/*'] },
    ];
    const { groups } = plan(graph, { phases, trainBnFrozenPhase: false });
    const block = (name: string) => [
      `${name}/module_dict/conv/kernel`,
      `${name}/module_dict/conv/bias`,
      `${name}/parent_param`,
      `${name}/bn/gamma`,
      `${name}/bn/beta`,
    ];
    expect(groups[1]).toEqual([...block('encoder/0'), ...block('encoder/1')]);
  });
});

describe('test_parent_module_w_param_model', () => {
  it('every parameter of the network is in exactly one group, whatever layer it belongs to', () => {
    const { graph } = smallNetwork();
    for (const trainBnFrozenPhase of [true, false]) {
      const { groups } = plan(graph, { unfreezeBackboneAtEpoch: 2, trainBnFrozenPhase });
      const all = graph.layers.flatMap(parametersOf).map(({ name }) => name);
      expect(groups.flat().sort()).toEqual([...all].sort());
      expect(graph.layers.reduce((sum, each) => sum + parameterCount(each), 0)).toBeGreaterThan(0);
    }
  });
});

describe('test_on_before_accelerator_backend_setup', () => {
  it('a model without a backbone is an error, in every form of plan', () => {
    const graph = graphOf([input(), pool('pool', 'input'), dense('logits', 'pool', 3, 2)], 'pool');
    const forms = [{}, { phases: [{}] }, { ftsSchedule: '0:\n  params:\n  - logits.*\n' }];
    for (const form of forms) {
      expect(() => plan(graph, form)).toThrowError(expect.objectContaining({ code: 'no-backbone' }));
    }
  });
});

describe('test_finetuning_with_configure_model', () => {
  it('a head that is made for the run trains from the start; only the backbone is frozen', () => {
    const network = withKeptHead(
      buildNetwork(
        [6, 6, 3],
        [
          layer.conv('conv1', 4, 3),
          layer.globalAverage('pool'),
          layer.dense('hidden', 4),
          layer.dense('logits', 2),
        ],
      ),
      'conv1',
    );
    expect(trainedLayers(network.graph, { unfreezeBackboneAtEpoch: 3 }, 0)).toEqual(['hidden', 'logits']);
  });
});
