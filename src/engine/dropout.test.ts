import { expect, it } from 'vitest';
import { driveRun, setupOf } from './testing/drive-run';
import { EXECUTORS } from './testing/executors';
import { smallData, smallNetwork } from './testing/small-problem';

async function lossesOn(name: keyof typeof EXECUTORS, seed: number): Promise<readonly number[]> {
  const network = smallNetwork();
  const executor = await EXECUTORS[name](network);
  const config = { epochs: 2, unfreezeBackboneAtEpoch: 1, batchSize: 4, shuffle: false, seed };
  const { record } = await driveRun(setupOf(executor, network, smallData(), config));
  executor.dispose();
  return record.steps.map(({ loss }) => loss);
}

it('drops the same values on every executor', async () => {
  const wanted = await lossesOn('plan (reference)', 7);
  for (const name of ['plan (wasm)', 'tfjs (cpu)'] as const) {
    const found = await lossesOn(name, 7);
    expect(found).toHaveLength(wanted.length);
    for (const [step, loss] of found.entries()) {
      expect(Math.abs(loss / wanted[step]! - 1), `${name}, step ${step}`).toBeLessThan(1e-5);
    }
  }
  // The order is the same, and nothing else is drawn from the seed: only the mask is another.
  expect(await lossesOn('plan (reference)', 8)).not.toEqual(wanted);
});
