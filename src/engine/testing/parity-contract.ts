import { describe, expect, it } from 'vitest';
import { EXECUTORS } from './executors';
import { FIXTURES, fixtureData, fixtureNetwork, ftsRun, referenceRun, runNames } from './lightning-runs';
import { measureParity, type ParityFigures } from './measure-parity';
import { THREE_PHASES } from './three-phases';

/** What is asked for is 1e-4 on losses and 1e-3 on weights; an executor states how far below it stays. */
export interface ParityContract {
  readonly loss: number;
  readonly weight: number;
}

/** Puts an executor through every recorded run of the real PyTorch Lightning and finetuning-scheduler. */
export function describeParity(executor: keyof typeof EXECUTORS, { loss, weight }: ParityContract): void {
  const holds = (found: ParityFigures): void => {
    expect(found.loss).toBeLessThan(loss);
    // Logits are read as float32 from every executor, so the validation loss is no better.
    expect(found.validationLoss).toBeLessThan(Math.max(loss, 1e-6));
    expect(found.validationAccuracy).toBeLessThan(1e-6);
    expect(found.rate).toBeLessThan(1e-12);
    expect(found.weight, found.worstWeight).toBeLessThan(weight);
  };

  describe(`runs of PyTorch Lightning, step for step, on ${executor}`, () => {
    describe.each(FIXTURES)('%s', (fixture) => {
      it.each(runNames(fixture))('%s', async (name) => {
        const network = await fixtureNetwork(fixture);
        const data = fixtureData(fixture);
        holds(await measureParity(referenceRun(fixture, name), network, data, EXECUTORS[executor]));
      });
    });

    it.each(Object.keys(THREE_PHASES) as (keyof typeof THREE_PHASES)[])(
      'three phases of the real finetuning-scheduler package, said with the option %s',
      async (form) => {
        const run = ftsRun();
        const reference = { ...run, config: { ...run.config, ...THREE_PHASES[form](run) } };
        const network = await fixtureNetwork('lightning-tiny');
        holds(await measureParity(reference, network, fixtureData('lightning-tiny'), EXECUTORS[executor]));
      },
    );
  });
}
