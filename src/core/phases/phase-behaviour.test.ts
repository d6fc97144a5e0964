import { expect, it } from 'vitest';
import { phaseBehaviour } from './phase-behaviour';

it.each([
  [true, true, null, ['trainable', 'trainable']],
  [true, false, null, ['trainable', 'frozen']],
  [false, false, null, ['frozen', 'frozen']],
  [false, true, null, ['frozen', 'trainable']],
  [true, false, 'lightning-2.6', ['trainable', 'trainable']],
  [false, false, 'lightning-2.6', ['frozen', 'frozen']],
] as const)('%s / %s (preset %s)', (trainBnFrozenPhase, trainBnUnfrozenPhase, preset, [frozen, unfrozen]) => {
  expect(phaseBehaviour({ trainBnFrozenPhase, trainBnUnfrozenPhase, preset })).toEqual([
    { phase: 'frozen', backbone: 'frozen', batchNorm: frozen },
    { phase: 'unfrozen', backbone: 'trainable', batchNorm: unfrozen },
  ]);
});
