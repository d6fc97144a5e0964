import { describe, expect, it } from 'vitest';
import { resolveTrainConfig } from '../options/options';
import { conv, dense, graphOf, input, lightningTiny, pool } from '../testing/tiny-graphs';
import { compareWithLightning } from './compare-with-lightning';

function rows(options: object, graph = lightningTiny()) {
  const { resolved } = resolveTrainConfig({ epochs: 5, unfreezeBackboneAtEpoch: 2, ...options });
  return compareWithLightning(graph, resolved).map(({ what, thaw, lightning }) => [what, thaw, lightning]);
}

describe('compareWithLightning', () => {
  it('finds nothing for true / true', () => expect(rows({})).toEqual([]));

  it('shows that Lightning’s train_bn=False freezes nothing', () => {
    expect(rows({ trainBnUnfrozenPhase: false })).toEqual([
      ['BatchNorm’s gamma and beta after unfreezing', 'frozen', 'trained'],
      ['BatchNorm’s learning rate after unfreezing', 'none', 'the head’s'],
      ['BatchNorm’s normaliser after unfreezing', 'running statistics', 'batch statistics'],
      ['BatchNorm’s running statistics after unfreezing', 'held', 'updated'],
    ]);
  });

  it('shows what cannot be said in Lightning: frozen, then trained', () => {
    expect(rows({ trainBnFrozenPhase: false })).toEqual([
      ['BatchNorm’s gamma and beta in the frozen phase', 'frozen', 'trained'],
      ['BatchNorm’s learning rate in the frozen phase', 'none', 'the head’s'],
      ['BatchNorm’s normaliser in the frozen phase', 'running statistics', 'batch statistics'],
      ['BatchNorm’s running statistics in the frozen phase', 'held', 'updated'],
      ['BatchNorm’s learning rate after unfreezing', 'the backbone’s', 'the head’s'],
    ]);
  });

  it('speaks only of phases that there are, and of BatchNorm only where it is', () => {
    const never = rows({ trainBnFrozenPhase: false, unfreezeBackboneAtEpoch: 9 });
    expect(never).toHaveLength(4);
    const plain = [input(), conv('c', 'input', 3, 4), pool('p', 'c'), dense('d', 'p', 4, 2)];
    expect(rows({ trainBnFrozenPhase: false }, graphOf(plain, 'c'))).toEqual([]);
  });

  it('finds nothing under the preset itself', () => {
    expect(rows({ preset: 'lightning-2.6', trainBnUnfrozenPhase: false })).toEqual([]);
  });

  it('leaves out a frozen phase of no epoch', () => {
    const atOnce = rows({ trainBnFrozenPhase: false, unfreezeBackboneAtEpoch: 0 });
    expect(atOnce).toEqual([['BatchNorm’s learning rate after unfreezing', 'the backbone’s', 'the head’s']]);
  });

  it('says of a plan of one’s own that Lightning has no such', () => {
    const { resolved } = resolveTrainConfig({ epochs: 5, phases: [{}] });
    expect(compareWithLightning(lightningTiny(), resolved).map(({ what }) => what)).toEqual(['Phases']);
  });
});
