import { describe, expect, it } from 'vitest';
import { FTS_DEFAULTS } from '../options/fts-options';
import { parseFtsYaml, printFtsYaml } from '../options/fts-yaml';
import { resolveTrainConfig } from '../options/options';
import { lightningTiny } from '../testing/tiny-graphs';
import { compileBackboneFinetuning } from './compile-backbone-finetuning';
import { planFromFts, planToFts } from './fts-schedule';
import { variableGroups } from './variable-groups';

const SCHEDULE = `# made by hand
0:
  params:
  - logits.weight
  - logits.bias
  max_transition_epoch: 3
1:
  params:   # the last block
    - 'conv3.weight'
    - "bn3.(weight|bias)"
  lr: 1.0e-03
2:
  params:
  - conv1/kernel
  - bn[12].*
  - dw2
`;

const settings = { ...FTS_DEFAULTS, patience: 2, minDelta: 0.01 };
const read = (source: string, more: object = {}) =>
  planFromFts(lightningTiny(), { ...settings, ...more, source }, 10);

describe('FTS schedules', () => {
  it('read as a plan of as many phases', () => {
    const graph = lightningTiny();
    const { plan, warnings } = read(SCHEDULE);
    expect(warnings).toEqual([]);
    expect(plan.phases.map(({ kind, start }) => [kind, start])).toEqual([
      ['frozen', { kind: 'epoch', epoch: 0 }],
      ['unfrozen', { kind: 'stalled', patience: 2, minDelta: 0.01, atLatestEpoch: 3 }],
      ['unfrozen', { kind: 'stalled', patience: 2, minDelta: 0.01, atLatestEpoch: null }],
    ]);
    expect(plan.phases.map(({ joining }) => joining?.initial)).toEqual([
      undefined,
      { kind: 'rate', rate: 1e-3 },
      { kind: 'rate', rate: 1e-5 },
    ]);
    expect(variableGroups(graph, plan).map(({ variables }) => variables)).toEqual([
      ['logits/kernel', 'logits/bias'],
      ['conv3/kernel', 'bn3/gamma', 'bn3/beta'],
      ['conv1/kernel', 'bn1/gamma', 'bn1/beta', 'dw2/depthwise_kernel', 'bn2/gamma', 'bn2/beta'],
    ]);
  });

  it('are the same plan after being written and read', () => {
    const graph = lightningTiny();
    const { plan } = read(SCHEDULE);
    const written = planToFts(graph, plan, null);
    expect(read(written).plan).toEqual(plan);
    expect(written).toContain('  - logits.weight\n');
    // YAML 1.1 reads a mantissa without a point as text.
    expect(written).toContain('lr: 0.00001\n');
  });

  it('can go by epochs alone', () => {
    const two = '0:\n  params: \n  - logits.*\n  max_transition_epoch: 4\n1:\n  params:\n  - conv3.weight\n';
    const only = { transitions: 'epochs-only' };
    expect(read(two, only).plan.phases[1]?.start).toEqual({
      kind: 'epoch',
      epoch: 4,
    });
    expect(() => read(two.replace(/ {2}max.*\n/, ''), only)).toThrowError(
      expect.objectContaining({ code: 'invalid-option' }),
    );
  });

  it('say that phase 0’s lr is not used', () => {
    const source = '0:\n  params:\n  - logits.*\n  lr: 0.1\n';
    expect(read(source).warnings.map(({ code }) => code)).toEqual(['option-ignored']);
  });

  it.each([
    ['an unknown name', '0:\n  params:\n  - nothing.weight\n', 'layer-unknown'],
    [
      'a name in two phases',
      '0:\n  params:\n  - logits.*\n1:\n  params:\n  - logits.bias\n',
      'invalid-option',
    ],
    ['half a layer', '0:\n  params:\n  - logits.weight\n', 'invalid-option'],
    ['a broken expression', '0:\n  params:\n  - logits.(\n', 'invalid-option'],
    ['a first phase without parameters', '0:\n  params:\n1:\n  params:\n  - logits.*\n', 'invalid-option'],
  ])('refuse %s', (_, source, code) => {
    expect(() => read(source)).toThrowError(expect.objectContaining({ code }));
  });

  it.each([
    ['', 'no phase'],
    ['1:\n  params:\n', 'Line 1'],
    ['0:\n  params:\n  - a\n2:\n', 'Line 4'],
    ['0:\n  params: [a, b]\n', 'Line 2'],
    ['0:\n  - a\n', 'Line 2'],
    ['0:\n  params:\n  - a\n  lr: fast\n', 'Line 4'],
    ['0:\n  params:\n  - a\n  lr: 0\n', 'Line 4'],
    ['0:\n  max_transition_epoch: 1.5\n', 'Line 2'],
    ['0:\n  new_optimizer:\n', 'new_optimizer'],
    ['params:\n  - a\n', 'Line 1'],
    ['  params:\n', 'Line 1'],
    ['0:\n  what is this\n', 'Line 2'],
  ])('refuse the text %j, saying where', (source, where) => {
    expect(() => parseFtsYaml(source)).toThrowError(
      expect.objectContaining({ code: 'invalid-option', message: expect.stringContaining(where) }),
    );
  });

  it('keep odd names and small rates through writing', () => {
    const phases = [
      { params: ["it's # odd: [name]", 'plain.weight'], maxTransitionEpoch: 0, lr: null },
      { params: ['a.*'], maxTransitionEpoch: null, lr: 3e-9 },
    ];
    expect(parseFtsYaml(printFtsYaml(phases))).toEqual(phases);
    expect(printFtsYaml(phases)).toContain('lr: 3.0e-9');
  });

  it('are not written for plans they cannot say', () => {
    const graph = lightningTiny();
    for (const options of [{}, { trainBnUnfrozenPhase: false }]) {
      const { resolved } = resolveTrainConfig({ epochs: 5, unfreezeBackboneAtEpoch: 2, ...options });
      const { plan } = compileBackboneFinetuning(graph, resolved);
      expect(() => planToFts(graph, plan, null)).toThrowError(
        expect.objectContaining({ code: 'invalid-option' }),
      );
    }
  });
});
