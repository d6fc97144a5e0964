import { describe, expect, it } from 'vitest';
import type { RunCommand } from '../run';
import { createPlanExecutor } from '../step-plan/plan-executor';
import { BATCH_NORM_MODES, OPTIMIZERS, phaseOf, randomBatch } from '../step-plan/testing/phases';
import { describeStepContract } from '../step-plan/testing/step-contract';
import { driveRun, setupOf } from '../testing/drive-run';
import { referenceRun, tinyData, tinyNetwork } from '../testing/lightning-tiny';
import { describeOnWebGpu } from './testing/node-webgpu';
import { createWebGpuBackend, type WebGpuBackendOptions } from './webgpu-backend';
import { requestWebGpuDevice } from './webgpu-device';
import type { TunedProducts } from './webgpu-product-tuner';
import { HARDWARE_TUNING, SOFTWARE_TUNING } from './wgsl-tuning';

/** Every way through the callback once; the reference backend runs them all. */
const RUNS = ['sgd-TT', 'sgd-FF', 'adam-FT', 'adam-TF', 'adam-lightning-F', 'lr-align-step'];

await describeOnWebGpu('steps on WGSL kernels', async (gpu) => {
  const { device } = await requestWebGpuDevice(gpu);
  const tolerances = { tolerance: 1e-5, weightTolerance: 1e-4 };
  describeStepContract('WGSL', {
    create: () => createWebGpuBackend({ device }),
    ...tolerances,
    networks: ['MobileNet-like', 'ConvNeXt-like'],
  });
  describeStepContract('WGSL as tuned for hardware, in eight storage buffers', {
    create: () => createWebGpuBackend({ device, tuning: HARDWARE_TUNING, maxStorageBuffers: 8 }),
    ...tolerances,
    networks: ['ResNet-like'],
  });

  describe('products tuned by measurement', () => {
    it('keeps what was fastest on this adapter, and computes the same', { timeout: 240_000 }, async () => {
      const network = await tinyNetwork();
      const phase = phaseOf(network.graph, BATCH_NORM_MODES.trainable!, OPTIMIZERS.sgd!);
      const batch = randomBatch(network.graph, 3, 4, 1);
      const stepOn = async (options: WebGpuBackendOptions) => {
        const backend = await createWebGpuBackend({ device, ...options });
        const executor = await createPlanExecutor(network, backend);
        await executor.enterPhase(phase);
        const { loss } = await executor.trainStep(batch, [0.1, 0.1]);
        const { tuned } = backend;
        executor.dispose();
        return { loss, tuned };
      };
      const untuned = await stepOn({});
      expect(untuned.tuned.products).toEqual({});
      const measured = await stepOn({ tuneBudgetMs: 200_000 });
      expect(Object.keys(measured.tuned.products).length).toBeGreaterThan(0);
      expect(measured.loss).toBeCloseTo(untuned.loss, 5);
      const kept = JSON.parse(JSON.stringify(measured.tuned)) as TunedProducts;
      expect((await stepOn({ tuning: SOFTWARE_TUNING, tuned: kept })).tuned).toEqual(kept);
      const foreign = { ...kept, adapter: 'another' };
      expect((await stepOn({ tuning: SOFTWARE_TUNING, tuned: foreign })).tuned.products).toEqual({});
    });
  });

  describe('runs of PyTorch Lightning, step for step, on WGSL kernels', () => {
    it.each(RUNS)('%s', async (name) => {
      const reference = referenceRun(name);
      const recorded = reference.weightsAfterEpoch;
      const network = await tinyNetwork();
      const executor = await createPlanExecutor(network, await createWebGpuBackend({ device }));
      const distances: number[] = [];
      const { record } = await driveRun(
        setupOf(executor, network, tinyData(), reference.config),
        async (event): Promise<RunCommand> => {
          if (event.type !== 'epochEnded') return 'continue';
          const weights = await executor.readWeights();
          for (const [weight, wanted] of Object.entries(recorded[String(event.record.epoch)] ?? {})) {
            const found = weights.get(weight)!;
            const distance = Math.hypot(...wanted.map((value, i) => found[i]! - value));
            distances.push(distance / Math.hypot(...wanted));
          }
          return 'continue';
        },
      );
      const losses = reference.steps.map((step) => (typeof step === 'number' ? step : step.loss));
      expect(record.steps).toHaveLength(losses.length);
      const lossErrors = losses.map((loss, step) => Math.abs(record.steps[step]!.loss - loss) / loss);
      expect(Math.max(...lossErrors)).toBeLessThan(1e-4);
      expect(distances.length).toBeGreaterThan(0);
      expect(Math.max(...distances)).toBeLessThan(1e-3);
      executor.dispose();
    });
  });
});
