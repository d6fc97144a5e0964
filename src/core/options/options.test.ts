import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ErrorCode } from '../errors';
import { resolveTrainConfig, toSerializableConfig, writtenOutConfig } from './options';

const resolve = (config: unknown) => resolveTrainConfig(config).resolved;

function failure(config: unknown): { code: ErrorCode; message: string } {
  try {
    resolve(config);
  } catch (error) {
    return error as { code: ErrorCode; message: string };
  }
  throw new Error('nothing was thrown');
}

describe('resolveTrainConfig', () => {
  it('fills in the defaults of PyTorch and of the callback', () => {
    expect(resolve({ epochs: 12 })).toEqual({
      epochs: 12,
      batchSize: 16,
      learningRate: 1e-3,
      precision: '32-true',
      optimizerName: 'adam',
      optimizer: { kind: 'adam', beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0 },
      classWeights: 'none',
      lrSchedule: { kind: 'constant' },
      shuffle: true,
      seed: 0,
      augmentation: { kind: 'none' },
      preset: null,
      phases: null,
      ftsSchedule: null,
      unfreezeBackboneAtEpoch: 10,
      multiplier: 2,
      multiplierAtEpoch: new Array(12).fill(2),
      backboneInitialRatioLr: 0.1,
      backboneInitialLr: null,
      shouldAlign: true,
      initialDenomLr: 10,
      trainBnFrozenPhase: true,
      trainBnUnfrozenPhase: true,
      verbose: false,
      rounding: 12,
    });
  });

  it.each([
    [{ optimizer: 'sgd' }, { kind: 'sgd', momentum: 0, weightDecay: 0 }],
    [{ optimizer: 'momentum' }, { kind: 'sgd', momentum: 0.9, weightDecay: 0 }],
    [
      { optimizer: 'momentum', momentum: 0.5, weightDecay: 0.1 },
      { kind: 'sgd', momentum: 0.5, weightDecay: 0.1 },
    ],
    [{ optimizer: 'adamw' }, { kind: 'adamw', beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0.01 }],
    [
      { optimizer: 'adam', betas: [0.8, 0.99], epsilon: 1e-6 },
      { kind: 'adam', beta1: 0.8, beta2: 0.99, epsilon: 1e-6, weightDecay: 0 },
    ],
  ])('resolves the optimizer %j', (options, expected) => {
    expect(resolve({ epochs: 1, ...options }).optimizer).toEqual(expected);
  });

  it.each([
    [{ augmentation: 'flip' }, { kind: 'flip' }],
    [{ augmentation: 'flip-crop' }, { kind: 'flip-crop', variants: 4 }],
    [
      { augmentation: 'flip-crop', augmentationVariants: null },
      { kind: 'flip-crop', variants: null },
    ],
  ])('resolves the augmentation %j, and writes it out', (options, expected) => {
    const resolved = resolve({ epochs: 1, ...options });
    expect(resolved.augmentation).toEqual(expected);
    expect(resolve(writtenOutConfig(resolved))).toEqual(resolved);
  });

  it('knows no variants of what is not drawn anew', () => {
    for (const augmentation of ['none', 'flip']) {
      const { code } = failure({ epochs: 1, augmentation, augmentationVariants: 2 });
      expect(code).toBe('conflicting-options');
    }
  });

  it('counts undefined as left out and takes null for backboneInitialLr only', () => {
    expect(resolve({ epochs: 1, batchSize: undefined, backboneInitialLr: null })).toEqual(
      resolve({ epochs: 1 }),
    );
    expect(failure({ epochs: 1, batchSize: null }).code).toBe('invalid-option');
  });

  const numbers = ['epochs', 'batchSize', 'learningRate', 'weightDecay', 'epsilon', 'seed', 'multiplier'];
  numbers.push(
    'unfreezeBackboneAtEpoch',
    'backboneInitialRatioLr',
    'backboneInitialLr',
    'initialDenomLr',
    'rounding',
  );
  it.each(numbers)('refuses %s that is no proper number', (name) => {
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY, -1, '1', '', true, [], [1], {}, () => 1, 1n]) {
      const { code, message } = failure({ epochs: 1, [name]: value });
      expect(code, `${name}: ${typeof value}`).toBe('invalid-option');
      expect(message).toContain(`\`${name}\``);
    }
  });

  it.each([
    'epochs',
    'batchSize',
    'learningRate',
    'multiplier',
    'backboneInitialRatioLr',
    'backboneInitialLr',
  ])('refuses %s of 0', (name) => expect(failure({ epochs: 1, [name]: 0 }).code).toBe('invalid-option'));

  it.each(['epochs', 'batchSize', 'unfreezeBackboneAtEpoch', 'rounding', 'seed'])(
    'refuses a broken %s',
    (name) => expect(failure({ epochs: 1, [name]: 1.5 }).code).toBe('invalid-option'),
  );

  it.each(['shouldAlign', 'trainBnFrozenPhase', 'trainBnUnfrozenPhase', 'trainBn', 'shuffle', 'verbose'])(
    'refuses %s that is no boolean',
    (name) => {
      for (const value of [null, 0, 1, 'true', 'false', {}]) {
        expect(failure({ epochs: 1, [name]: value }).code).toBe('invalid-option');
      }
    },
  );

  it.each([
    null,
    undefined,
    3,
    'epochs',
    [],
    {},
    { epochs: 100_001 },
    { epochs: 1, optimizer: 'Adam' },
    { epochs: 1, preset: 'lightning-2.5' },
    { epochs: 1, optimizer: 'momentum', momentum: 1 },
    { epochs: 1, betas: [0.9] },
    { epochs: 1, betas: [0.9, 1] },
    { epochs: 1, betas: 'none' },
    { epochs: 1, lrSchedule: 'cosine' },
    { epochs: 1, lrSchedule: { kind: 'linear' } },
    { epochs: 1, lrSchedule: { kind: 'step', stepSize: 0, gamma: 0.5 } },
    { epochs: 1, lrSchedule: { kind: 'step', stepSize: 2 } },
    { epochs: 1, lrSchedule: { kind: 'cosine', minLr: -1 } },
    { epochs: 1, lambdaFunc: 2 },
    { epochs: 2, lambdaSamples: [1] },
    { epochs: 2, lambdaSamples: [1, 0] },
  ])('refuses %j as invalid', (config) => {
    expect(failure(config).code).toBe('invalid-option');
  });

  it.each([
    { multiplier: 2, lambdaFunc: () => 2 },
    { multiplier: 2, lambdaSamples: [2] },
    { optimizer: 'sgd', momentum: 0.9 },
    { optimizer: 'adam', momentum: 0.9 },
    { optimizer: 'momentum', betas: [0.9, 0.99] },
    { optimizer: 'sgd', epsilon: 1e-8 },
    { learningRate: 0.1, lrSchedule: { kind: 'cosine', minLr: 0.2 } },
    { trainBn: true, trainBnUnfrozenPhase: false },
  ])('refuses %j as contradictory', (options) => {
    expect(failure({ epochs: 1, ...options }).code).toBe('conflicting-options');
  });

  it.each([
    ['trainBnFrozenPhse', 'trainBnFrozenPhase'],
    ['trainBNFrozenPhase', 'trainBnFrozenPhase'],
    ['train_bn_unfrozen_phase', 'trainBnUnfrozenPhase'],
    ['trainBnFrozen', 'trainBnFrozenPhase'],
    ['train_bn', 'trainBnFrozenPhase'],
    ['unfreeze_backbone_at_epoch', 'unfreezeBackboneAtEpoch'],
    ['bacthSize', 'batchSize'],
    ['lr', 'learningRate'],
    ['epoch', 'epochs'],
    ['lambda_func', 'lambdaFunc'],
  ])('names what was probably meant by %s', (name, meant) => {
    const { code, message } = failure({ epochs: 1, [name]: 1 });
    expect(code).toBe('unknown-option');
    expect(message).toContain(`\`${name}\``);
    expect(message).toMatch(/did you mean/i);
    expect(message).toContain(`\`${meant}\``);
  });

  it('lists the options where nothing is near, also in a schedule', () => {
    expect(failure({ epochs: 1, zebra: 1 }).message).toContain('trainBnUnfrozenPhase');
    const inSchedule = failure({ epochs: 1, lrSchedule: { kind: 'step', step_size: 1, gamma: 0.5 } });
    expect(inSchedule).toMatchObject({ code: 'unknown-option' });
    expect(inSchedule.message).toContain('`stepSize`');
  });

  it('asks lambdaFunc as the callback does: epoch + 1, from the epoch after unfreezing on', () => {
    const asked: number[] = [];
    const lambdaFunc = (epoch: number) => {
      asked.push(epoch);
      return epoch / 2;
    };
    const { multiplier, multiplierAtEpoch } = resolve({ epochs: 6, unfreezeBackboneAtEpoch: 2, lambdaFunc });
    expect(asked).toEqual([4, 5, 6]);
    expect(multiplierAtEpoch).toEqual([1, 1, 1, 2, 2.5, 3]);
    expect(multiplier).toBeNull();
  });

  it.each([() => 0, () => -1, () => Number.NaN, () => '2', () => Promise.resolve(2)])(
    'refuses lambdaFunc %s',
    (lambdaFunc) => {
      expect(failure({ epochs: 3, unfreezeBackboneAtEpoch: 1, lambdaFunc }).code).toBe('invalid-option');
    },
  );

  it('says which call of lambdaFunc failed', () => {
    const lambdaFunc = () => {
      throw new Error('no idea');
    };
    const { code, message } = failure({ epochs: 3, unfreezeBackboneAtEpoch: 1, lambdaFunc });
    expect(code).toBe('invalid-option');
    expect(message).toContain('lambdaFunc(3)');
    expect(message).toContain('no idea');
  });
});

describe('toSerializableConfig', () => {
  it('samples lambdaFunc, so that the other thread resolves to the same', () => {
    const config = {
      epochs: 5,
      unfreezeBackboneAtEpoch: 1,
      lambdaFunc: (epoch: number) => 1 / epoch,
      trainBn: false,
    };
    const crossed = structuredClone(toSerializableConfig(config));
    expect(resolveTrainConfig(crossed)).toEqual(resolveTrainConfig(config));
  });

  it('refuses before anything crosses', () => {
    expect(() => toSerializableConfig({ epochs: 0 })).toThrowError(
      expect.objectContaining({ code: 'invalid-option' }),
    );
  });
});

describe('writtenOutConfig', () => {
  it('resolves to the value it was written from', () => {
    const rate = fc.double({ min: 1e-6, max: 1, noNaN: true });
    const config = fc.record(
      {
        epochs: fc.integer({ min: 1, max: 20 }),
        optimizer: fc.constantFrom('sgd', 'momentum', 'adam', 'adamw'),
        learningRate: rate,
        weightDecay: rate,
        unfreezeBackboneAtEpoch: fc.nat(20),
        lambdaFunc: fc.constant((epoch: number) => 1 + epoch),
        backboneInitialLr: fc.option(rate),
        shouldAlign: fc.boolean(),
        trainBnFrozenPhase: fc.boolean(),
        trainBnUnfrozenPhase: fc.boolean(),
        lrSchedule: fc.constantFrom({ kind: 'cosine' }, { kind: 'step', stepSize: 2, gamma: 0.5 }),
        preset: fc.constant('lightning-2.6'),
        seed: fc.nat(),
      },
      { requiredKeys: ['epochs'] },
    );
    fc.assert(
      fc.property(config, (given) => {
        const resolved = resolve(given);
        expect(resolve(structuredClone(writtenOutConfig(resolved)))).toEqual(resolved);
      }),
    );
  });
});
