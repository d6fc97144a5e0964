import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { isOverdue, TRAIN_BN_REMOVED_IN } from './deprecation';
import { OPTION_NAMES } from './option-names';
import { resolveTrainConfig } from './options';

describe('trainBn', () => {
  it.each([true, false])(
    '%s stands for trainBnUnfrozenPhase and warns once, naming both new options',
    (trainBn) => {
      const { resolved, warnings } = resolveTrainConfig({ epochs: 3, trainBn });
      expect(resolved).toMatchObject({ trainBnFrozenPhase: true, trainBnUnfrozenPhase: trainBn });
      expect(warnings).toHaveLength(1);
      expect(warnings[0]?.code).toBe('train-bn-deprecated');
      expect(warnings[0]?.message).toContain('`trainBnFrozenPhase`');
      expect(warnings[0]?.message).toContain('`trainBnUnfrozenPhase`');
    },
  );

  it('is not warned of when it is left out or undefined, whatever the new options are', () => {
    for (const config of [{}, { trainBn: undefined }, { trainBnUnfrozenPhase: false }]) {
      expect(resolveTrainConfig({ epochs: 3, ...config }).warnings).toEqual([]);
    }
  });

  it.each([true, false])('%s is an error with the opposite trainBnUnfrozenPhase', (trainBn) => {
    const config = { epochs: 3, trainBn, trainBnUnfrozenPhase: !trainBn };
    expect(() => resolveTrainConfig(config)).toThrowError(
      expect.objectContaining({ code: 'conflicting-options' }),
    );
  });

  it.each([true, false])('%s with the same trainBnUnfrozenPhase only warns', (trainBn) => {
    const { resolved, warnings } = resolveTrainConfig({ epochs: 3, trainBn, trainBnUnfrozenPhase: trainBn });
    expect(resolved.trainBnUnfrozenPhase).toBe(trainBn);
    expect(warnings.map(({ code }) => code)).toEqual(['train-bn-deprecated']);
  });

  it('leaves trainBnFrozenPhase alone', () => {
    const { resolved } = resolveTrainConfig({ epochs: 3, trainBn: true, trainBnFrozenPhase: false });
    expect(resolved).toMatchObject({ trainBnFrozenPhase: false, trainBnUnfrozenPhase: true });
  });

  it('does not take null for left out', () => {
    expect(() => resolveTrainConfig({ epochs: 3, trainBn: null })).toThrowError(
      expect.objectContaining({ code: 'invalid-option' }),
    );
  });
});

describe('the end of trainBn', () => {
  it('has come once the package reaches the major version that removes it', () => {
    expect(isOverdue('1.99.9', TRAIN_BN_REMOVED_IN)).toBe(false);
    expect(isOverdue('2.0.0', TRAIN_BN_REMOVED_IN)).toBe(true);
    expect(isOverdue('10.0.0', TRAIN_BN_REMOVED_IN)).toBe(true);
  });

  it('is kept: this fails from 2.0.0 on while the option still exists', () => {
    const { version }: { version: string } = JSON.parse(
      readFileSync(new URL('../../../package.json', import.meta.url), 'utf8'),
    );
    expect(isOverdue(version, TRAIN_BN_REMOVED_IN) && OPTION_NAMES.includes('trainBn')).toBe(false);
  });
});
