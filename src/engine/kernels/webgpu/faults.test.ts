import { describe, expect, it, vi } from 'vitest';
import { createRandom } from '../../../core/random';
import { trainSteps } from '../../run/train-steps';
import { createPlanExecutor, type PlanExecutor } from '../../step-plan/executor/plan-executor';
import { buildNetwork, layer } from '../../step-plan/testing/build-network';
import {
  BATCH_NORM_MODES,
  classesOf,
  OPTIMIZERS,
  phaseOf,
  randomBatch,
} from '../../step-plan/testing/phases';
import { describeOnWebGpu } from '../testing/node-webgpu';
import { requestWebGpuDevice } from './device';
import { DeviceFaults } from './faults';
import { WebGpuPipelines } from './pipelines';
import { createWebGpuBackend, type WebGpuBackend } from './webgpu-backend';

const network = buildNetwork(
  [6, 6, 4],
  [layer.conv('conv', 8, 1), layer.batchNorm('norm'), layer.globalAverage('pool'), layer.dense('logits', 3)],
);
const phase = phaseOf(network.graph, BATCH_NORM_MODES.trainable!, OPTIMIZERS.adam!);
const batchOf = (step: number) => randomBatch(network.graph, classesOf(network.graph), 2, step);
const RATES = [0.01, 0.01];

await describeOnWebGpu('faults of a GPU', (gpu) => {
  const start = async (): Promise<{ executor: PlanExecutor; backend: WebGpuBackend }> => {
    const { device } = await requestWebGpuDevice(gpu);
    const backend = await createWebGpuBackend({ device });
    const executor = await createPlanExecutor(network, backend);
    await executor.enterPhase(phase);
    return { executor, backend };
  };

  describe('faults of a GPU', () => {
    it('holds the same buffers and bytes after 500 steps as after two, each begun before the last one’s loss', async () => {
      const { executor, backend } = await start();
      async function* batches() {
        for (let step = 0; step < 502; step += 1) yield { batch: batchOf(step), fetched: null };
      }
      const held: string[] = [];
      let most = 0;
      for await (const { inFlight } of trainSteps(executor, batches(), RATES)) {
        held.push([backend.heldBuffers(), backend.heldBytes()].join());
        most = Math.max(most, inFlight);
      }
      expect(held).toHaveLength(502);
      expect(new Set(held.slice(1)).size).toBe(1);
      expect(most).toBeGreaterThanOrEqual(1);
      executor.dispose();
      expect(backend.heldBuffers()).toBe(0);
    });

    // Every new device compiles every kernel anew; a session's test loses twenty.
    it('goes on after four lost devices with the losses of an undisturbed run', {
      timeout: 120_000,
    }, async () => {
      const steps = 8;
      const undisturbed = await start();
      const wanted: number[] = [];
      for (let step = 0; step < steps; step += 1) {
        wanted.push((await undisturbed.executor.trainStep(batchOf(step), RATES)).loss);
      }
      undisturbed.executor.dispose();

      const random = createRandom(7);
      let { executor, backend } = await start();
      let weights = await executor.readWeights();
      let state = await executor.readOptimizerState();
      const losses: number[] = [];
      let lost = 0;
      while (losses.length < steps) {
        const { device } = backend;
        // Some are lost before the step is encoded, some while it runs, some after it: then the next one finds out.
        const isDoomed = lost < 4 && losses.length % 2 === lost % 2;
        if (isDoomed) setTimeout(() => device.destroy(), random() * 12);
        try {
          const { loss } = await executor.trainStep(batchOf(losses.length), RATES);
          const after = [await executor.readWeights(), await executor.readOptimizerState()] as const;
          losses.push(loss);
          [weights, state] = after;
          if (isDoomed) await device.lost;
        } catch (error) {
          expect(error).toMatchObject({ code: 'device-lost' });
          lost += 1;
          executor.dispose();
          ({ executor, backend } = await start());
          await executor.writeWeights(weights);
          await executor.writeOptimizerState(state);
        }
      }
      executor.dispose();
      expect(losses).toEqual(wanted);
      expect(lost).toBe(4);
    });

    it('asks for the largest buffers and bindings there are', async () => {
      const { limits } = (await gpu.requestAdapter())!;
      const { device } = await requestWebGpuDevice(gpu);
      expect(device.limits.maxBufferSize).toBe(limits.maxBufferSize);
      expect(device.limits.maxStorageBufferBindingSize).toBe(limits.maxStorageBufferBindingSize);
      device.destroy();
    });

    const kernel = (body: string) =>
      ({
        label: 'conv2d of stem',
        source: `@compute @workgroup_size(1) fn main() { ${body} }`,
        bindings: [],
        sizes: new Int32Array(4),
        readsScalars: false,
        table: null,
        workgroups: [1, 1],
        trafficBytes: 0,
      }) as const;

    it('compiles a kernel after an earlier error was told in its place', async () => {
      const { device } = await requestWebGpuDevice(gpu);
      const pipelines = new WebGpuPipelines(device, new DeviceFaults(device));
      device.createBuffer({ size: 16, usage: 0xffff });
      await new Promise((done) => setTimeout(done, 50));
      await expect(pipelines.compile([kernel('')])).rejects.toMatchObject({ code: 'shader-invalid' });
      expect(await pipelines.compile([kernel('')])).toHaveLength(1);
      device.destroy();
    });

    it('tells an invalid shader, by its kernel', async () => {
      const { device } = await requestWebGpuDevice(gpu);
      const faults = new DeviceFaults(device);
      const compiling = new WebGpuPipelines(device, faults).compile([kernel('let x = y;')]);
      await expect(compiling).rejects.toMatchObject({
        code: 'shader-invalid',
        message: expect.stringContaining('conv2d of stem'),
      });
      device.destroy();
    });

    it('tells that a plan does not fit before it starts', async () => {
      const { executor, backend } = await start();
      const images = new Float32Array(0);
      const count = Math.ceil(backend.device.limits.maxBufferSize / (6 * 6 * 8 * 4)) + 1;
      const huge = executor.trainStep({ images, shape: [count, 6, 6, 4], labels: new Int32Array(0) }, RATES);
      await expect(huge).rejects.toMatchObject({ code: 'out-of-memory' });
      executor.dispose();
    });

    it('an error that the next step is told of fails the step in flight, too', async () => {
      const { executor, backend } = await start();
      await executor.trainStep(batchOf(0), RATES);
      const { mapAsync } = GPUBuffer.prototype;
      let isHeld = true;
      const late = vi.spyOn(GPUBuffer.prototype, 'mapAsync').mockImplementation(async function (
        this: GPUBuffer,
        ...which
      ) {
        while (isHeld && which[0] === GPUMapMode.READ) await new Promise((done) => setTimeout(done, 5));
        return mapAsync.apply(this, which);
      });
      const { outcome } = await executor.startStep(batchOf(1), RATES);
      const refused = expect(outcome).rejects.toMatchObject({ code: 'shader-invalid' });
      backend.device.createBuffer({ size: 16, usage: 0xffff });
      await new Promise((done) => setTimeout(done, 50));
      await expect(executor.startStep(batchOf(2), RATES)).rejects.toMatchObject({ code: 'shader-invalid' });
      isHeld = false;
      await refused;
      late.mockRestore();
      for (let step = 0; step < 6; step += 1) {
        expect((await executor.trainStep(batchOf(step), RATES)).loss).toBeGreaterThan(0);
      }
      executor.dispose();
    });

    it('turns an error that nobody waited for into a failure of the next run', async () => {
      const { executor, backend } = await start();
      await executor.trainStep(batchOf(0), RATES);
      backend.device.createBuffer({ size: 16, usage: 0xffff });
      await new Promise((done) => setTimeout(done, 50));
      await expect(executor.trainStep(batchOf(1), RATES)).rejects.toMatchObject({ code: 'shader-invalid' });
      expect((await executor.trainStep(batchOf(1), RATES)).loss).toBeGreaterThan(0);
      executor.dispose();
    });
  });
});
