import { describe, expect, it } from 'vitest';
import { resolveTrainConfig } from '../options/options';
import type { LayerMode, Phase, PhaseSpec } from '../phase-plan';
import { lightningTiny } from '../testing/tiny-graphs';
import { compileBackboneFinetuning } from './compile-backbone-finetuning';
import { compilePhases } from './compile-phases';
import { checkPlan } from './plan-check';
import { variableGroups } from './variable-groups';

const graph = lightningTiny();
const { resolved } = resolveTrainConfig({ epochs: 5, unfreezeBackboneAtEpoch: 2 });
const [frozen, unfrozen] = compileBackboneFinetuning(graph, resolved).plan.phases as [Phase, Phase];

const withMode = (phase: Phase, name: string, mode: LayerMode): Phase => ({
  ...phase,
  modes: new Map(phase.modes).set(name, mode),
});
const joining = (change: object): Phase => ({ ...unfrozen, joining: { ...unfrozen.joining!, ...change } });

describe('checkPlan', () => {
  it('takes what the callback compiles to', () => {
    expect(() => checkPlan(graph, { phases: [frozen, unfrozen] }, 5)).not.toThrow();
  });

  it.each([
    ['no phase', []],
    ['a late first phase', [{ ...frozen, start: { kind: 'epoch', epoch: 1 } }]],
    ['a name twice', [frozen, { ...unfrozen, name: frozen.name }]],
    [
      'a phase before the one before it',
      [frozen, unfrozen, { ...unfrozen, name: 'c', start: { kind: 'epoch', epoch: 1 } }],
    ],
    ['half an epoch', [frozen, { ...unfrozen, start: { kind: 'epoch', epoch: 1.5 } }]],
    [
      'no patience',
      [frozen, { ...unfrozen, start: { kind: 'stalled', patience: 0, minDelta: 0, atLatestEpoch: null } }],
    ],
    [
      'a negative delta',
      [frozen, { ...unfrozen, start: { kind: 'stalled', patience: 1, minDelta: -1, atLatestEpoch: null } }],
    ],
    ['a layer without mode', [{ ...frozen, modes: new Map([...frozen.modes].slice(1)) }]],
    ['a mode without layer', [withMode(frozen, 'nowhere', { trainable: false, bn: null })]],
    ['a mode of a layer without weights', [withMode(frozen, 'relu1', { trainable: false, bn: null })]],
    ['BatchNorm without its facts', [withMode(frozen, 'bn1', { trainable: true, bn: null })]],
    [
      'BatchNorm that is trained and frozen',
      [withMode(frozen, 'bn1', { trainable: false, bn: frozen.modes.get('bn1')!.bn })],
    ],
    ['no rate for what joins', [frozen, { ...unfrozen, joining: null }]],
    ['a rate of 0', [frozen, joining({ initial: { kind: 'rate', rate: 0 } })]],
    ['a ratio that is no number', [frozen, joining({ initial: { kind: 'ratio', ratio: Number.NaN } })]],
    [
      'an endless divisor',
      [frozen, joining({ initial: { kind: 'divisor', divisor: Number.POSITIVE_INFINITY } })],
    ],
    ['too few factors', [frozen, joining({ multiplierAtEpoch: [2, 2] })]],
    ['a negative factor', [frozen, joining({ multiplierAtEpoch: [2, 2, 2, 2, -2] })]],
  ] as [string, Phase[]][])('refuses %s', (_, phases) => {
    expect(() => checkPlan(graph, { phases }, 5)).toThrowError(
      expect.objectContaining({ code: 'invalid-option' }),
    );
  });

  it('refuses a first phase that trains nothing', () => {
    const off = compileBackboneFinetuning(graph, { ...resolved, trainBnFrozenPhase: false }).plan.phases[0]!;
    const phase = withMode(off, 'logits', { trainable: false, bn: null });
    expect(() => checkPlan(graph, { phases: [phase] }, 5)).toThrowError(/trains nothing/);
  });
});

describe('compilePhases', () => {
  const spec = (name: string, epoch: number, layers: readonly string[]): PhaseSpec => ({
    name,
    start: { kind: 'epoch', epoch },
    layers,
    rate: null,
  });
  const backbone = ['conv1', 'bn1', 'dw2', 'bn2', 'conv3', 'bn3'];

  it.each([
    [true, true],
    [true, false],
    [false, false],
    [false, true],
  ])(
    'of the whole backbone at once is the callback’s plan (%s / %s)',
    (trainBnFrozenPhase, trainBnUnfrozenPhase) => {
      const config = { ...resolved, trainBnFrozenPhase, trainBnUnfrozenPhase };
      const specs = [
        spec('frozen phase', 0, []),
        { ...spec('unfrozen phase', 2, backbone), rate: unfrozen.joining },
      ];
      expect(compilePhases(graph, specs, config).plan).toEqual(compileBackboneFinetuning(graph, config).plan);
    },
  );

  it('unfreezes block by block, a group each', () => {
    const config = { ...resolved, trainBnFrozenPhase: false };
    const specs = [
      spec('head', 0, []),
      spec('last', 1, ['conv3', 'bn3']),
      spec('rest', 3, backbone.slice(0, 4)),
    ];
    const { plan, warnings } = compilePhases(graph, specs, config);
    expect(warnings).toEqual([]);
    expect(variableGroups(graph, plan).map(({ variables }) => variables.length)).toEqual([2, 3, 6]);
    expect(plan.phases[1]?.modes.get('bn1')?.trainable).toBe(false);
    expect(plan.phases[1]?.joining?.initial).toEqual({ kind: 'divisor', divisor: 10 });
  });

  it('warns of a layer named twice and leaves it in its group', () => {
    const config = { ...resolved, trainBnFrozenPhase: false };
    const specs = [spec('head', 0, []), spec('last', 1, ['conv3']), spec('again', 3, ['conv3', 'conv1'])];
    const { plan, warnings } = compilePhases(graph, specs, config);
    expect(warnings.map(({ code }) => code)).toEqual(['duplicate-parameters']);
    expect(variableGroups(graph, plan).map(({ variables }) => variables)).toEqual([
      ['logits/kernel', 'logits/bias'],
      ['conv3/kernel'],
      ['conv1/kernel'],
    ]);
  });

  it.each(['nowhere', 'relu1', 'logits'])('refuses to unfreeze %s', (name) => {
    expect(() => compilePhases(graph, [spec('a', 0, [name])], resolved)).toThrowError(
      expect.objectContaining({ code: 'layer-unknown' }),
    );
  });

  it('refuses the preset', () => {
    const config = { ...resolved, preset: 'lightning-2.6' } as const;
    expect(() => compilePhases(graph, [spec('a', 0, [])], config)).toThrowError(
      expect.objectContaining({ code: 'conflicting-options' }),
    );
  });
});
