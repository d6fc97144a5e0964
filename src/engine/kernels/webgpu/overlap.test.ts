import { describe, expect, it } from 'vitest';
import type { Executor } from '../../executor';
import { forwarded } from '../../forwarded';
import { createPlanExecutor } from '../../step-plan/executor/plan-executor';
import { SplitExecutor } from '../../step-plan/executor/split-executor';
import { driveRun, setupOf } from '../../testing/drive-run';
import { FROZEN_OVERLAP_RUN, KEEP_ALL, OVERLAP_RUN } from '../../testing/overlap-runs';
import { smallData, smallNetwork } from '../../testing/small-problem';
import { describeOnWebGpu } from '../testing/node-webgpu';
import { createNodeWasmBackend } from '../testing/wasm-kernels';
import { requestWebGpuDevice } from './device';
import { createWebGpuBackend } from './webgpu-backend';

/** The executor of a loop that awaits every loss. */
function awaiting(executor: Executor): Executor {
  return {
    ...forwarded(executor),
    startStep: async (batch, rates) => ({ outcome: await executor.trainStep(batch, rates) }),
  };
}

await describeOnWebGpu('steps that overlap on a GPU', async (gpu) => {
  const { device } = await requestWebGpuDevice(gpu);
  const network = smallNetwork();
  const whole = async () => createPlanExecutor(network, await createWebGpuBackend({ device }), KEEP_ALL);
  const split = async () => {
    const main = await whole();
    return new SplitExecutor(
      main,
      await createPlanExecutor(network, await createNodeWasmBackend(), KEEP_ALL, main),
    );
  };

  async function train(executor: Executor, config: Readonly<Record<string, unknown>>) {
    const { record, events } = await driveRun(
      setupOf(executor, network, smallData(10, 6, 'training set'), config),
    );
    const weights = await executor.readWeights();
    const optimizer = await executor.readOptimizerState();
    const overlapping = events.filter(
      (event) => event.type === 'step' && event.inFlight !== undefined,
    ).length;
    executor.dispose();
    return {
      overlapping,
      trained: {
        record: { ...record, epochs: record.epochs.map((epoch) => ({ ...epoch, ms: 0 })) },
        weights,
        optimizer,
      },
    };
  }

  describe('steps that overlap on a GPU', () => {
    it.each([
      ['everything trained', whole, OVERLAP_RUN, 12],
      ['frozen values kept', whole, FROZEN_OVERLAP_RUN, 12],
      ['the head’s steps on the processor', split, FROZEN_OVERLAP_RUN, 6],
    ] as const)('give the bits of steps that await: %s', async (_, create, config, overlapping) => {
      const wanted = await train(awaiting(await create()), config);
      expect(wanted.overlapping).toBe(0);
      const found = await train(await create(), config);
      expect(found.overlapping).toBe(overlapping);
      expect(found.trained).toEqual(wanted.trained);
    });
  });
});
