import { describe, expect, it } from 'vitest';
import type { ErrorCode } from '../src/core/errors';
import { OPTION_NAMES, type OptionName } from '../src/core/options/option-names';
import { resolveTrainConfig } from '../src/core/options/options';
import { planOfConfig } from '../src/core/phases/plan-of-config';
import { lightningTiny } from '../src/core/testing/tiny-graphs';
import { phase, start, WRONG } from './wrong-options';

// Every option in every wrong way, before anything starts.

const EPOCHS = 3;
const graph = lightningTiny();

function failure(config: unknown): { readonly code: ErrorCode; readonly message: string } {
  try {
    const { resolved } = resolveTrainConfig(config);
    planOfConfig(graph, resolved);
  } catch (error) {
    return error as { code: ErrorCode; message: string };
  }
  throw new Error(`nothing was thrown for ${JSON.stringify(config)}`);
}

describe.each(OPTION_NAMES as readonly OptionName[])('%s', (name) => {
  const { bad, beside } = WRONG[name];

  it('of a wrong type or out of range is refused with a code, naming it', () => {
    expect(bad.length).toBeGreaterThan(0);
    for (const value of bad) {
      const { code, message } = failure({ epochs: EPOCHS, ...beside, [name]: value });
      expect(
        code,
        `${name}: ${String(typeof value === 'object' ? JSON.stringify(value) : String(value))}`,
      ).toBe('invalid-option');
      expect(message.length).toBeGreaterThan(20);
    }
  });

  it('misspelt is named in the answer', () => {
    const typos = new Set([
      name.slice(0, -1),
      `${name}x`,
      name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
      name.toUpperCase(),
    ]);
    typos.delete(name);
    for (const typo of typos) {
      if ((OPTION_NAMES as readonly string[]).includes(typo)) continue;
      const { code, message } = failure({ epochs: EPOCHS, [typo]: 1 });
      expect(code, typo).toBe('unknown-option');
      expect(message, typo).toContain(`\`${name}\``);
    }
  });
});

describe('contradictions', () => {
  const phases = [{}];
  const ftsSchedule = '0:\n  params:\n  - logits.*\n';
  const callback = {
    preset: 'lightning-2.6',
    unfreezeBackboneAtEpoch: 1,
    multiplier: 2,
    lambdaFunc: () => 2,
    lambdaSamples: [2, 2, 2],
    backboneInitialRatioLr: 0.1,
    backboneInitialLr: 0.1,
    shouldAlign: true,
  };

  it.each([
    { multiplier: 2, lambdaFunc: () => 2 },
    { multiplier: 2, lambdaSamples: [2, 2, 2] },
    { lambdaFunc: () => 2, lambdaSamples: [2, 2, 2] },
    { optimizer: 'sgd', momentum: 0.9 },
    { optimizer: 'adam', momentum: 0.9 },
    { momentum: 0.9 },
    { optimizer: 'momentum', betas: [0.9, 0.99] },
    { optimizer: 'sgd', epsilon: 1e-8 },
    { learningRate: 0.1, lrSchedule: { kind: 'cosine', minLr: 0.2 } },
    { trainBn: true, trainBnUnfrozenPhase: false },
    { trainBn: false, trainBnUnfrozenPhase: true },
    { phases, ftsSchedule },
    { ftsOptions: {} },
    ...Object.entries(callback).flatMap(([name, value]) => [
      { phases, [name]: value },
      { ftsSchedule, [name]: value },
    ]),
    { ftsSchedule, trainBnFrozenPhase: true },
    { ftsSchedule, trainBnUnfrozenPhase: true },
    { ftsSchedule, trainBn: false },
    { ftsSchedule, initialDenomLr: 10 },
    { phases: [{ rate: 0.1 }] },
    { phases: phase({ rate: { learningRate: 0.1, ratio: 0.1 } }) },
    { phases: phase({ rate: { shouldAlign: true } }) },
  ])('%j', (options) => {
    expect(failure({ epochs: EPOCHS, ...options }).code).toBe('conflicting-options');
  });

  it('is none: what repeats a default, or says the same', () => {
    const fine = [
      { trainBn: false, trainBnUnfrozenPhase: false },
      { backboneInitialLr: null, phases },
      { learningRate: 0.1, lrSchedule: { kind: 'cosine', minLr: 0.1 } },
      { phases: undefined, ftsSchedule: undefined, ftsOptions: undefined, preset: undefined },
    ];
    for (const options of fine) {
      expect(() => resolveTrainConfig({ epochs: EPOCHS, ...options })).not.toThrow();
    }
  });
});

describe('names within options', () => {
  it.each([
    [{ lrSchedule: { kind: 'step', stepsize: 1, gamma: 0.5 } }, 'stepSize'],
    [{ lrSchedule: { kind: 'cosine', min_lr: 0.1 } }, 'minLr'],
    [{ phases: [{ layer: ['conv3'] }] }, 'layers'],
    [{ phases: [{ batchnorm: {} }] }, 'batchNorm'],
    [{ phases: start({ kind: 'stalled', min_delta: 0 }) }, 'minDelta'],
    [{ phases: phase({ rate: { learning_rate: 0.1 } }) }, 'learningRate'],
    [{ phases: [{ batchNorm: { '*': { afine: 'frozen' } } }] }, 'affine'],
    [{ ftsSchedule: '0:\n  params:\n  - logits.*\n', ftsOptions: { base_max_lr: 1 } }, 'baseMaxLr'],
  ])('%j', (options, meant) => {
    const { code, message } = failure({ epochs: EPOCHS, ...options });
    expect(code).toBe('unknown-option');
    expect(message).toContain(`Did you mean \`${meant}\`?`);
  });

  it.each([
    [{ phases: [{ layers: ['con3'] }] }, 'conv3'],
    [{ phases: [{ layers: ['logits'] }] }, null],
    [{ phases: [{ layers: ['relu1'] }] }, null],
    [{ phases: [{ layers: ['stage*'] }] }, null],
    [{ phases: [{ batchNorm: { conv1: 'frozen' } }] }, null],
    [{ phases: [{ batchNorm: { bn4: 'frozen' } }] }, 'bn'],
    [{ ftsSchedule: '0:\n  params:\n  - nothing.weight\n' }, null],
  ])('layers that are not there: %j', (options, near) => {
    const { code, message } = failure({ epochs: EPOCHS, ...options });
    expect(code).toBe('layer-unknown');
    if (near !== null) expect(message).toContain(`Did you mean "${near}`);
  });
});
