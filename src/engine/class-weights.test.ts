import { expect, it } from 'vitest';
import type { Network } from '../core/graph/graph';
import type { RunState } from '../core/run/run-state';
import type { Executor } from './executor';
import { describeOnWebGpu } from './kernels/testing/node-webgpu';
import { driveRun, setupOf } from './testing/drive-run';
import { EXECUTORS } from './testing/executors';
import { tinyData, tinyNetwork } from './testing/lightning-tiny';
import { smallData, smallNetwork } from './testing/small-problem';
import { nodeWebgpuExecutors } from './testing/webgpu-executor';

/**
 * torch.nn.CrossEntropyLoss(weight=[1, 3, 0.25]) in PyTorch 2.13, float64: three steps of SGD at 0.05 on the head
 * of fixtures/lightning-tiny, its backbone frozen and in evaluation mode, batches of 8 in their order.
 */
const TORCH_LOSSES = [1.0156908281738304, 1.0388043415819272, 0.9636830551005172];
const CONFIG = {
  epochs: 1,
  batchSize: 8,
  learningRate: 0.05,
  optimizer: 'sgd',
  shuffle: false,
  trainBnFrozenPhase: false,
  classWeights: [1, 3, 0.25],
};

function holdAgainstTorch(name: string, make: (network: Network) => Promise<Executor>): void {
  it(`gives the losses that PyTorch gives with class weights on ${name}`, async () => {
    const network = await tinyNetwork();
    const executor = await make(network);
    const { record } = await driveRun(setupOf(executor, network, tinyData(), CONFIG));
    executor.dispose();
    for (const [step, wanted] of TORCH_LOSSES.entries()) {
      expect(Math.abs(record.steps[step]!.loss / wanted - 1), `step ${step}`).toBeLessThan(1e-5);
    }
  });
}

for (const [name, make] of Object.entries(EXECUTORS)) holdAgainstTorch(name, make);

await describeOnWebGpu('class weights on WebGPU', async () => {
  for (const [name, make] of Object.entries(await nodeWebgpuExecutors())) holdAgainstTorch(name, make);
});

it('a resumed run goes on with the same weights', async () => {
  const network = smallNetwork();
  const run = async (classWeights: 'none' | 'balanced', resumeFrom?: RunState) => {
    let state: RunState | null = null;
    const setup = setupOf(
      await EXECUTORS['plan (wasm)'](network),
      network,
      smallData(),
      resumeFrom === undefined ? { epochs: 2, batchSize: 4, classWeights } : { ...resumeFrom.config },
      {
        ...(resumeFrom !== undefined && { resumeFrom }),
        onEpochEnd: async (capture) => {
          state ??= await capture();
        },
      },
    );
    const { record } = await driveRun(setup);
    setup.executor.dispose();
    return { losses: record.steps.map(({ loss }) => loss), afterFirstEpoch: state! as RunState };
  };
  const balanced = await run('balanced');
  const none = await run('none');
  const resumed = await run('none', balanced.afterFirstEpoch);
  expect(balanced.afterFirstEpoch.config.classWeights).toBe('balanced');
  expect(resumed.losses).toEqual(balanced.losses);
  expect(none.losses).not.toEqual(balanced.losses);
});
