import { describe, expect, it } from 'vitest';
import { resolveTrainConfig, toSerializableConfig } from '../core/options/options';
import { PROPOSED_OPTIONS, toPhaseOptions, toTrainConfig } from './phase-options';

describe('phase options', () => {
  it('are proposed so that both phases are seen', () => {
    expect(PROPOSED_OPTIONS.unfreezeBackboneAtEpoch).toBeLessThan(PROPOSED_OPTIONS.epochs);
  });

  it('have the same defaults as the core', () => {
    const shown = toTrainConfig(toPhaseOptions({ epochs: 3 }));
    expect(resolveTrainConfig(shown).resolved).toEqual(resolveTrainConfig({ epochs: 3 }).resolved);
  });

  it.each(['sgd', 'momentum', 'adam', 'adamw'] as const)(
    'are a config that the core accepts with %s',
    (optimizer) => {
      const { resolved, warnings } = resolveTrainConfig(toTrainConfig({ ...PROPOSED_OPTIONS, optimizer }));
      expect(resolved.optimizerName).toBe(optimizer);
      expect(warnings).toEqual([]);
    },
  );

  it('come back from the config they make', () => {
    const options = {
      ...PROPOSED_OPTIONS,
      schedule: 'step',
      scheduleStepSize: 4,
      scheduleGamma: 0.5,
      backboneInitialLr: 1e-4,
      preset: 'lightning-2.6',
      weightDecay: 0.1,
      beta2: 0.99,
      classWeights: [1, 2],
      precision: '16-mixed',
    } as const;
    expect(toPhaseOptions(toTrainConfig(options))).toEqual(options);
  });

  it('keep the factors that a script’s function gave', () => {
    const lambdaFunc = (epoch: number) => 1 + epoch / 10;
    const config = { epochs: 5, unfreezeBackboneAtEpoch: 1, lambdaFunc };
    const options = toPhaseOptions(toSerializableConfig(config));
    const wanted = resolveTrainConfig(config).resolved;
    expect(resolveTrainConfig(toTrainConfig(options)).resolved).toEqual(wanted);
    const longer = resolveTrainConfig(toTrainConfig({ ...options, epochs: 7 })).resolved;
    expect(longer.multiplierAtEpoch).toEqual([...wanted.multiplierAtEpoch, 1.5, 1.5]);
    const replaced = toTrainConfig({ ...options, multiplierByEpoch: null });
    expect(resolveTrainConfig(replaced).resolved.multiplier).toBe(2);
  });

  it.each([
    { augmentation: 'flip' },
    { augmentation: 'flip-crop', augmentationVariants: 7 },
    { augmentation: 'flip-crop', augmentationVariants: null },
  ] as const)('hand on %o', (more) => {
    const options = { ...PROPOSED_OPTIONS, ...more };
    expect(toPhaseOptions(toTrainConfig(options))).toEqual(options);
    expect(resolveTrainConfig(toTrainConfig(options)).resolved.augmentation.kind).toBe(more.augmentation);
  });

  it.each([
    { phases: [{ name: 'head' }, { start: { kind: 'epoch', epoch: 1 }, layers: ['*'], rate: 0.1 }] },
    { ftsSchedule: '0:\n  params:\n  - head.*\n', ftsOptions: { patience: 2 } },
  ] as const)('keep a plan of one’s own, without the callback’s options: %o', (own) => {
    const options = toPhaseOptions({ epochs: 3, learningRate: 0.5, ...own });
    expect(options.ownPlan).toEqual(own);
    const config = toTrainConfig(options);
    expect(config).toMatchObject({ epochs: 3, learningRate: 0.5, ...own });
    expect(() => resolveTrainConfig(config)).not.toThrow();
    expect(toTrainConfig({ ...options, ownPlan: null })).toMatchObject({ unfreezeBackboneAtEpoch: 10 });
  });

  it('show what the deprecated option means', () => {
    expect(toPhaseOptions({ epochs: 1, trainBn: false })).toMatchObject({
      trainBnFrozenPhase: true,
      trainBnUnfrozenPhase: false,
    });
  });
});
