import { expect, it } from 'vitest';
import type { EpochRecord } from '../../core/run/run-record';
import { appendLosses, EMPTY_CURVE } from '../../store/training/step-curve';
import { accuracySeries, lossSeries } from './chart-series';

function record(epoch: number, valLoss: number): EpochRecord {
  return {
    epoch,
    phase: 'frozen',
    headLr: 1e-3,
    backboneLr: null,
    trainLoss: 1,
    trainAccuracy: 0.5,
    valLoss,
    valAccuracy: valLoss,
    ms: 1,
  };
}

it('puts steps and epochs on one ascending time axis', () => {
  const curve = appendLosses(EMPTY_CURVE, [4, 3, 2, 1]);
  const [times, training, validation] = lossSeries(curve, 2, [record(0, 0.9), record(1, 0.8)]);
  expect(times).toEqual([0.25, 0.75, 1, 1.25, 1.75, 2]);
  expect(training).toEqual([4, 3, null, 2, 1, null]);
  expect(validation).toEqual([null, null, 0.9, null, null, 0.8]);
});

it('leaves a gap where nothing was validated', () => {
  expect(accuracySeries([record(0, Number.NaN)])).toEqual([[1], [0.5], [null]]);
});
