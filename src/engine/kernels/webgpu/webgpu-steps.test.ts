import { describe, expect, it, vi } from 'vitest';
import type { Preparation } from '../../../core/run/events';
import type { RunCommand } from '../../run/run-command';
import { createPlanExecutor } from '../../step-plan/executor/plan-executor';
import { BATCH_NORM_MODES, OPTIMIZERS, phaseOf, randomBatch } from '../../step-plan/testing/phases';
import { describeStepContract } from '../../step-plan/testing/step-contract';
import { driveRun, setupOf } from '../../testing/drive-run';
import { referenceRun, tinyData, tinyNetwork } from '../../testing/lightning-tiny';
import { describeOnWebGpu } from '../testing/node-webgpu';
import { HARDWARE_TUNING, SOFTWARE_TUNING } from '../wgsl/tuning';
import { requestWebGpuDevice } from './device';
import { createWebGpuBackend, type WebGpuBackendOptions } from './webgpu-backend';

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
  describeStepContract('WGSL as tuned for hardware', {
    create: () => createWebGpuBackend({ device, tuning: HARDWARE_TUNING }),
    ...tolerances,
    networks: ['MobileNet-like'],
  });
  // No call has room to take another's sums along.
  describeStepContract('WGSL as tuned for hardware, in eight storage buffers', {
    create: () => createWebGpuBackend({ device, tuning: HARDWARE_TUNING, maxStorageBuffers: 8 }),
    ...tolerances,
    networks: ['ResNet-like'],
  });

  describe('products tuned by measurement', () => {
    /** One step on a backend of its own; `memory` is what outlives the page. */
    async function stepOn(
      options: WebGpuBackendOptions,
      memory: Map<string, unknown> = new Map(),
      measuring: 'allowed' | 'skipped' = 'allowed',
    ) {
      const network = await tinyNetwork();
      const backend = await createWebGpuBackend({
        device,
        tuning: SOFTWARE_TUNING,
        tuningMemory: {
          recall: async (adapter) => memory.get(adapter) ?? null,
          keep: async (kept) => void memory.set(kept.adapter, structuredClone(kept)),
        },
        ...options,
      });
      const heard: Preparation[] = [];
      const load = backend.load.bind(backend);
      backend.load = (plan, parameters) =>
        load(plan, parameters, { onPreparing: (each) => heard.push(each), measuring });
      const executor = await createPlanExecutor(network, backend);
      await executor.enterPhase(phaseOf(network.graph, BATCH_NORM_MODES.trainable!, OPTIMIZERS.sgd!));
      const { loss } = await executor.trainStep(randomBatch(network.graph, 3, 4, 1), [0.1, 0.1]);
      const { tuned } = backend;
      const tuning = executor.planView()!.tuning;
      executor.dispose();
      return { loss, tuned, tuning, measured: heard.filter(({ work }) => work === 'measuring') };
    }

    it('keeps what was fastest on this adapter, and computes the same', { timeout: 240_000 }, async () => {
      const memory = new Map<string, unknown>();
      const untuned = await stepOn({});
      expect((await stepOn({ tuneBudgetMs: 200_000 }, memory, 'skipped')).tuned.products).toEqual({});
      expect(untuned).toMatchObject({ tuned: { products: {} }, tuning: null, measured: [] });
      const first = await stepOn({ tuneBudgetMs: 200_000 }, memory);
      const shapes = Object.keys(first.tuned.products).length;
      expect(shapes).toBeGreaterThan(0);
      expect(first.loss).toBeCloseTo(untuned.loss, 5);
      expect(first.tuning).toEqual({ shapes, measured: shapes, remembered: 0 });
      expect(first.measured.at(-1)).toEqual({ work: 'measuring', done: shapes, total: shapes });

      // The next visit measures nothing.
      const second = await stepOn({ tuneBudgetMs: 200_000 }, memory);
      expect(second.tuned).toEqual(first.tuned);
      expect(second.tuning).toEqual({ shapes, measured: 0, remembered: shapes });
      expect(second.measured).toEqual([]);
    });

    it('takes nothing of another adapter or of kernels it does not know', async () => {
      const { tuned } = await stepOn({});
      const of = (kept: unknown) => stepOn({}, new Map([[tuned.adapter, kept]]));
      const products = { 'forward 16x8x16': 'registers4x2' } as const;
      expect((await of({ ...tuned, products })).tuned.products).toEqual(products);
      expect((await of({ adapter: 'another', products })).tuned.products).toEqual({});
      expect((await of({ ...tuned, products: { a: 'registers99x9' } })).tuned.products).toEqual({});
      expect((await of('nonsense')).tuned.products).toEqual({});
    });

    it.each(['timestamps', 'wall time'] as const)('measures by %s', { timeout: 240_000 }, async (clock) => {
      if (clock === 'timestamps') expect(device.features.has('timestamp-query')).toBe(true);
      const wall = vi.spyOn(device.queue, 'onSubmittedWorkDone');
      const { tuned } = await stepOn({ clock, tuneBudgetMs: 200_000 });
      expect(Object.keys(tuned.products).length).toBeGreaterThan(0);
      expect(wall.mock.calls.length > 0).toBe(clock === 'wall time');
      wall.mockRestore();
    });

    it('spends no more time than it has', async () => {
      const { tuned } = await stepOn({ tuneBudgetMs: 1e-3 });
      expect(tuned.products).toEqual({});
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
