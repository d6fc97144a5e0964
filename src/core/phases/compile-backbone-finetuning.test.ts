import { describe, expect, it } from 'vitest';
import { FROZEN_BATCH_NORM, TRAINABLE_BATCH_NORM } from '../batch-norm';
import { resolveTrainConfig } from '../options/options';
import { batchNorm, conv, dense, graphOf, input, lightningTiny, pool } from '../testing/tiny-graphs';
import { compileBackboneFinetuning } from './compile-backbone-finetuning';
import { variableGroups } from './variable-groups';

function compile(options: object, graph = lightningTiny()) {
  const { resolved } = resolveTrainConfig({ epochs: 5, unfreezeBackboneAtEpoch: 2, ...options });
  return compileBackboneFinetuning(graph, resolved);
}

const HEAD = ['logits/kernel', 'logits/bias'];
const AFFINE = ['bn1/gamma', 'bn1/beta', 'bn2/gamma', 'bn2/beta', 'bn3/gamma', 'bn3/beta'];
const KERNELS = ['conv1/kernel', 'dw2/depthwise_kernel', 'conv3/kernel'];

describe('compileBackboneFinetuning', () => {
  const trained = { trainable: true, bn: TRAINABLE_BATCH_NORM };
  const frozen = { trainable: false, bn: FROZEN_BATCH_NORM };

  it.each([
    {
      frozenPhase: true,
      unfrozenPhase: true,
      modes: [trained, trained],
      groups: [[...AFFINE, ...HEAD], KERNELS],
    },
    {
      frozenPhase: true,
      unfrozenPhase: false,
      modes: [trained, frozen],
      groups: [[...AFFINE, ...HEAD], KERNELS],
    },
    { frozenPhase: false, unfrozenPhase: false, modes: [frozen, frozen], groups: [HEAD, KERNELS] },
    {
      frozenPhase: false,
      unfrozenPhase: true,
      modes: [frozen, trained],
      groups: [HEAD, [...KERNELS, ...AFFINE]],
    },
  ])(
    'makes of $frozenPhase / $unfrozenPhase its modes and groups',
    ({ frozenPhase, unfrozenPhase, modes, groups }) => {
      const graph = lightningTiny();
      const { plan, warnings } = compile(
        { trainBnFrozenPhase: frozenPhase, trainBnUnfrozenPhase: unfrozenPhase },
        graph,
      );
      expect(warnings).toEqual([]);
      expect(plan.phases.map(({ kind, start }) => [kind, start])).toEqual([
        ['frozen', { kind: 'epoch', epoch: 0 }],
        ['unfrozen', { kind: 'epoch', epoch: 2 }],
      ]);
      for (const bn of ['bn1', 'bn2', 'bn3']) {
        expect(plan.phases.map((phase) => phase.modes.get(bn))).toEqual(modes);
      }
      for (const layer of ['conv1', 'dw2', 'conv3']) {
        expect(plan.phases.map((phase) => phase.modes.get(layer)?.trainable)).toEqual([false, true]);
      }
      expect(plan.phases.map((phase) => phase.modes.get('logits'))).toEqual([
        { trainable: true, bn: null },
        { trainable: true, bn: null },
      ]);
      expect(plan.phases[0]?.modes.has('relu1')).toBe(false);
      const found = variableGroups(graph, plan).map(({ variables }) => [...variables].sort());
      expect(found).toEqual(groups.map((names) => [...names].sort()));
    },
  );

  it.each([
    { first: true, second: true, modes: [trained, trained], joins: false },
    { first: true, second: false, modes: [trained, trained], joins: false },
    {
      first: false,
      second: false,
      modes: [
        { trainable: false, bn: { affine: 'frozen', normaliser: 'batch', statistics: 'held' } },
        { trainable: false, bn: { affine: 'frozen', normaliser: 'batch', statistics: 'updated' } },
      ],
      joins: false,
    },
    {
      first: false,
      second: true,
      modes: [
        { trainable: false, bn: { affine: 'frozen', normaliser: 'batch', statistics: 'held' } },
        trained,
      ],
      joins: true,
    },
  ])('follows Lightning 2.6 for $first / $second', ({ first, second, modes, joins }) => {
    const graph = lightningTiny();
    const { plan, warnings } = compile(
      { preset: 'lightning-2.6', trainBnFrozenPhase: first, trainBnUnfrozenPhase: second },
      graph,
    );
    expect(plan.phases.map((phase) => phase.modes.get('bn2'))).toEqual(modes);
    expect(variableGroups(graph, plan)[1]?.variables.includes('bn2/gamma')).toBe(joins);
    expect(warnings.map(({ code }) => code)).toEqual(first && !second ? ['preset-ignores-option'] : []);
  });

  it('gives the joining group the rate that the options say', () => {
    expect(compile({ backboneInitialRatioLr: 0.3 }).plan.phases[1]?.joining?.initial).toEqual({
      kind: 'ratio',
      ratio: 0.3,
    });
    expect(compile({ backboneInitialLr: 0.07, shouldAlign: false }).plan.phases[1]?.joining).toEqual({
      initial: { kind: 'rate', rate: 0.07 },
      multiplierAtEpoch: [2, 2, 2, 2, 2],
      alignToHead: false,
    });
  });

  it.each([5, 6])('never unfreezes at epoch %i of 5, and says so', (unfreezeBackboneAtEpoch) => {
    const { plan, warnings } = compile({ unfreezeBackboneAtEpoch });
    expect(plan.phases.map(({ kind }) => kind)).toEqual(['frozen']);
    expect(warnings.map(({ code }) => code)).toEqual(['never-unfrozen']);
  });

  it('keeps what trained before epoch 0 in group 0 when it unfreezes at epoch 0', () => {
    const graph = lightningTiny();
    const { plan } = compile({ unfreezeBackboneAtEpoch: 0 }, graph);
    expect(plan.phases.map(({ start }) => start)).toEqual([
      { kind: 'epoch', epoch: 0 },
      { kind: 'epoch', epoch: 0 },
    ]);
    const [head, backbone] = variableGroups(graph, plan);
    expect(head?.variables).toEqual([...AFFINE, ...HEAD]);
    expect(backbone?.variables).toEqual(KERNELS);
  });

  it('trains BatchNorm of a kept head in every phase: the switches are about the backbone', () => {
    const graph = graphOf(
      [
        input(),
        conv('conv1', 'input', 3, 4),
        batchNorm('bn1', 'conv1', 4),
        conv('conv2', 'bn1', 4, 4),
        batchNorm('bn2', 'conv2', 4),
        pool('pool', 'bn2'),
        dense('logits', 'pool', 4, 2),
      ],
      'bn1',
    );
    const off = { trainBnFrozenPhase: false, trainBnUnfrozenPhase: false };
    for (const options of [off, { ...off, preset: 'lightning-2.6' }]) {
      const { plan } = compile(options, graph);
      expect(plan.phases.map((phase) => phase.modes.get('bn2'))).toEqual([trained, trained]);
      expect(plan.phases.every((phase) => phase.modes.get('conv2')?.trainable)).toBe(true);
    }
  });

  it('says so where no BatchNorm is there for the switches', () => {
    const layers = [
      input(),
      conv('conv1', 'input', 3, 4),
      pool('pool', 'conv1'),
      dense('logits', 'pool', 4, 2),
    ];
    const { warnings } = compile({}, graphOf(layers, 'conv1'));
    expect(warnings.map(({ code }) => code)).toEqual(['no-batch-norm']);
  });

  it('moves only the statistics of a BatchNorm without gamma and beta', () => {
    const layers = [
      input(),
      conv('conv1', 'input', 3, 4),
      batchNorm('bn1', 'conv1', 4, []),
      pool('pool', 'bn1'),
      dense('logits', 'pool', 4, 2),
    ];
    const { plan } = compile({}, graphOf(layers, 'bn1'));
    const mode = { trainable: false, bn: { affine: 'frozen', normaliser: 'batch', statistics: 'updated' } };
    expect(plan.phases.map((phase) => phase.modes.get('bn1'))).toEqual([mode, mode]);
  });

  it('refuses a network without backbone weights, and a frozen phase in which nothing trains', () => {
    const layers = [input(), pool('pool', 'input'), dense('logits', 'pool', 3, 2)];
    expect(() => compile({}, graphOf(layers, 'pool'))).toThrowError(
      expect.objectContaining({ code: 'no-backbone' }),
    );
    const headless = graphOf([input(), conv('conv1', 'input', 3, 2), pool('pool', 'conv1')], 'conv1');
    expect(() => compile({}, headless)).toThrowError(expect.objectContaining({ code: 'invalid-option' }));
  });
});
