import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Network } from '../../../core/graph/graph';
import { createPlanExecutor } from '../../step-plan/executor/plan-executor';
import type { KernelCall } from '../../step-plan/operations';
import { layOutParameters } from '../../step-plan/parameter-layout';
import { NETWORK_ZOO } from '../../step-plan/testing/network-zoo';
import {
  BATCH_NORM_MODES,
  classesOf,
  OPTIMIZERS,
  phaseOf,
  randomBatch,
} from '../../step-plan/testing/phases';
import { driveRun, setupOf } from '../../testing/drive-run';
import { FROZEN_OVERLAP_RUN, KEEP_ALL, OVERLAP_RUN } from '../../testing/overlap-runs';
import { smallData, smallNetwork } from '../../testing/small-problem';
import { wideData, wideNetwork } from '../../testing/wide-network';
import { CaseBuilder, type KernelCase } from '../testing/kernel-case';
import { KERNEL_CASES } from '../testing/kernel-cases';
import { describeOnWebGpu } from '../testing/node-webgpu';
import { planOf, runCase } from '../testing/run-case';
import { inSegments, runCaseInSegments } from '../testing/segmented-case';
import { HARDWARE_TUNING, SOFTWARE_TUNING } from '../wgsl/tuning';
import { requestWebGpuDevice } from './device';
import { DeviceFaults } from './faults';
import { WebGpuMemory } from './memory';
import { SharedBuffers } from './shared-buffers';
import { createWebGpuBackend, type WebGpuBackendOptions } from './webgpu-backend';

const RATES = [0.01, 0.005];

/** The gradient goes through an activation into another buffer. */
function gatedElsewhere({ call, buffers, scalars }: KernelCase): KernelCase {
  if (call.kind !== 'conv2dInputGradient') throw new TypeError('No gradient of an input.');
  const { inputGradient } = call.outputs;
  const { batch, inputHeight, inputWidth, inputChannels: channels } = call.geometry;
  const build = new CaseBuilder(1);
  for (const values of buffers) build.given(values);
  const rows = batch * inputHeight * inputWidth;
  const gate: KernelCall = {
    kind: 'activationGradient',
    layer: 'gate',
    activation: 'silu',
    rows,
    channels,
    inputs: { outputGradient: inputGradient, input: build.normal(rows * channels), output: null },
    outputs: { inputGradient: build.written(rows * channels) },
  };
  return build.build(call, scalars, [gate]);
}

await describeOnWebGpu('an arena in several GPU buffers', async (gpu) => {
  const { device } = await requestWebGpuDevice(gpu);

  // Segments that just hold the longest tensor, of the 16 pictures that are evaluated at once.
  const small = { network: smallNetwork(), data: smallData(30, 6, 'training set'), bytes: 11_520 };
  const wide = { network: wideNetwork(), data: wideData(), bytes: 36_864 };

  /** An executor, and how many segments the training plans had that it loaded. */
  async function start(network: Network, options: WebGpuBackendOptions) {
    const backend = await createWebGpuBackend({ device, ...options });
    const loaded: number[] = [];
    const load = backend.load.bind(backend);
    backend.load = (plan, ...rest) => {
      if (plan.purpose === 'training') loaded.push(plan.segments.length);
      return load(plan, ...rest);
    };
    return { backend, loaded, executor: await createPlanExecutor(network, backend, KEEP_ALL) };
  }

  describe('an arena in several GPU buffers', () => {
    it.each(Object.keys(KERNEL_CASES) as (keyof typeof KERNEL_CASES)[])(
      '%s gives the same bits with every buffer in a segment of its own',
      async (kind) => {
        for (const tuning of [SOFTWARE_TUNING, HARDWARE_TUNING]) {
          const backend = await createWebGpuBackend({ device, tuning });
          for (const kernelCase of fc.sample(KERNEL_CASES[kind], { numRuns: 3, seed: 20261124 })) {
            const wanted = await runCase(backend, kernelCase);
            expect(await runCaseInSegments(backend, kernelCase)).toEqual(wanted);
          }
          backend.dispose();
        }
      },
    );

    it('writes and reads each buffer where it lies', async () => {
      const backend = await createWebGpuBackend({ device });
      const [kernelCase] = fc.sample(KERNEL_CASES.conv2d, { numRuns: 1, seed: 20261124 });
      const parameters = await backend.allocateParameters(
        layOutParameters(small.network.graph, null, new Map()),
      );
      // Not of training, which has ways of its own in and out.
      const plan = { ...inSegments(planOf(backend, kernelCase!)), purpose: 'evaluation' } as const;
      const loaded = await backend.load(plan, parameters);
      for (const [id, values] of kernelCase!.buffers.entries()) loaded.write(id, values);
      for (const [id, values] of kernelCase!.buffers.entries()) expect(await loaded.read(id)).toEqual(values);
      expect(kernelCase!.buffers.length).toBeGreaterThan(2);
      backend.dispose();
    });

    it('puts no two calls together for lying at one offset, of two segments', async () => {
      const backend = await createWebGpuBackend({ device });
      for (const alone of fc.sample(KERNEL_CASES.conv2dInputGradient, { numRuns: 3, seed: 20261124 })) {
        const gated = gatedElsewhere(alone);
        const wanted = await runCase(backend, gated);
        expect(await runCaseInSegments(backend, gated)).toEqual(wanted);
      }
      backend.dispose();
    });

    const full = { precision: '32-true', batchSize: 10 } as const;
    const half = { precision: '16-mixed', batchSize: 8, unfreezeBackboneAtEpoch: 0 } as const;
    it.each([
      ['everything trained', small, { ...OVERLAP_RUN, ...full }, SOFTWARE_TUNING],
      ['frozen values kept', small, { ...FROZEN_OVERLAP_RUN, ...full }, SOFTWARE_TUNING],
      ['16-mixed, tuned for hardware', wide, { ...OVERLAP_RUN, ...half }, HARDWARE_TUNING],
    ] as const)(
      'gives the bits of a run in one: %s',
      { timeout: 120_000 },
      async (_, { network, data, bytes }, config, tuning) => {
        async function run(options: WebGpuBackendOptions) {
          const { backend, loaded, executor } = await start(network, { tuning, ...options });
          const held: string[] = [];
          const { record, events } = await driveRun(setupOf(executor, network, data, config), ({ type }) => {
            if (type === 'epochEnded') held.push(`${backend.heldBuffers()} ${backend.heldBytes()}`);
            return 'continue';
          });
          const overlapping = events.filter((event) => event.type === 'step' && event.inFlight === 1).length;
          const { storage, dispatches, bytes: trafficBytes, peakBytes } = executor.planView()!;
          const result = {
            steps: record.steps,
            epochs: record.epochs.map((epoch) => ({ ...epoch, ms: 0 })),
            weights: await executor.readWeights(),
            optimizer: await executor.readOptimizerState(),
            counts: { storage, trafficBytes, overlapping },
          };
          executor.dispose();
          expect(backend.heldBuffers()).toBe(0);
          return { result, peakBytes, dispatches, held, segments: Math.max(...loaded) };
        }
        const one = await run({});
        const several = await run({ maxArenaBufferBytes: bytes });
        expect(one.segments).toBe(1);
        expect(several.segments).toBeGreaterThan(1);
        expect(several.result).toEqual(one.result);
        // Filters that are folded into several segments take a dispatch for each.
        expect(several.dispatches - one.dispatches).toBeLessThan(several.segments);
        expect(several.result.counts.overlapping).toBeGreaterThan(0);
        expect(several.result.counts.storage.format).toBe(
          config.precision === '16-mixed' ? 'half' : 'float32',
        );
        expect(several.peakBytes).toBeLessThanOrEqual(1.1 * one.peakBytes);
        // The second epoch of a phase loads nothing.
        expect(several.held[1]).toBe(several.held[0]);
        expect(several.held[3]).toBe(several.held[2]);
      },
    );

    it.each(['MobileNet-like', 'ResNet-like', 'ConvNeXt-like', 'branching'])(
      'gives the bits of steps in one, in eight storage buffers and in ten: %s',
      async (name) => {
        const network = NETWORK_ZOO[name]!();
        const phases = ['trainable', 'frozen', 'frozen, batch, updated'].map((mode) =>
          phaseOf(network.graph, BATCH_NORM_MODES[mode]!, OPTIMIZERS.adam!),
        );
        async function train(options: WebGpuBackendOptions) {
          const { executor, loaded } = await start(network, { tuning: HARDWARE_TUNING, ...options });
          const losses: number[] = [];
          for (const phase of phases) {
            await executor.enterPhase(phase);
            for (const count of [3, 2]) {
              const batch = randomBatch(network.graph, classesOf(network.graph), count, count);
              losses.push((await executor.trainStep(batch, RATES)).loss);
            }
          }
          const result = { losses, weights: await executor.readWeights() };
          executor.dispose();
          return { result, segments: Math.max(...loaded) };
        }
        for (const maxStorageBuffers of [8, 10]) {
          const one = await train({ maxStorageBuffers });
          const several = await train({ maxStorageBuffers, maxArenaBufferBytes: 4608 });
          expect(several.segments).toBeGreaterThan(1);
          expect(several.result).toEqual(one.result);
        }
      },
    );

    it('holds the same over steps, also once a larger plan was loaded, whose new segments are all that it adds', async () => {
      const { network } = small;
      const phase = phaseOf(network.graph, BATCH_NORM_MODES.trainable!, OPTIMIZERS.adam!);
      const counts = [2, 2, 2, 5, 5, 5, 2, 5, 2, 2, 5];
      async function train(options: WebGpuBackendOptions) {
        const { executor, backend, loaded } = await start(network, options);
        await executor.enterPhase(phase);
        const losses: number[] = [];
        const held: string[] = [];
        for (const [step, count] of counts.entries()) {
          const batch = randomBatch(network.graph, 3, count, step);
          losses.push((await executor.trainStep(batch, RATES)).loss);
          held.push(`${backend.heldBuffers()} buffers, ${backend.heldBytes()} bytes`);
        }
        executor.dispose();
        return { losses, held, loaded };
      }
      const one = await train({});
      const several = await train({ maxArenaBufferBytes: 4096 });
      expect(several.losses).toEqual(one.losses);
      expect(several.loaded).toEqual([2, 4]);
      expect(new Set(several.held.slice(1, 3)).size).toBe(1);
      expect(new Set(several.held.slice(3)).size).toBe(1);
      expect(several.held[3]).not.toBe(several.held[2]);
    });

    it('says which tensor is longer than a segment, and trains a batch that fits afterwards', async () => {
      const { network } = small;
      const { executor } = await start(network, { maxArenaBufferBytes: 1024 });
      await executor.enterPhase(phaseOf(network.graph, BATCH_NORM_MODES.trainable!, OPTIMIZERS.adam!));
      const step = (count: number) => executor.trainStep(randomBatch(network.graph, 3, count, 1), RATES);
      await expect(step(4)).rejects.toMatchObject({
        code: 'out-of-memory',
        message:
          "A buffer of conv2d of conv1 (1 MB) does not fit into the GPU's memory. Choose smaller pictures or a smaller batch.",
      });
      expect((await step(1)).loss).toBeGreaterThan(0);
      executor.dispose();
    });

    it('has segments as long as the device’s longest buffer', async () => {
      const defaults = await (await gpu.requestAdapter())!.requestDevice();
      const backend = await createWebGpuBackend({ device: defaults });
      expect(backend.segmentWords * 4).toBe(defaults.limits.maxBufferSize);
      expect(defaults.limits.maxBufferSize).toBe(2 ** 28);
      backend.dispose();
      defaults.destroy();
    });
  });

  describe('the buffers that plans share', () => {
    const held = () => {
      const memory = new WebGpuMemory(device, new DeviceFaults(device));
      return { memory, shared: new SharedBuffers(memory) };
    };

    it('keep what is large enough when another plan needs more', async () => {
      const { memory, shared } = held();
      await shared.grow([256, 64], 64);
      const { version } = shared;
      const [first, second] = [shared.buffer('arena0'), shared.buffer('arena1')];
      await shared.grow([128, 64], 0);
      expect(shared.version).toBe(version);
      await shared.grow([128, 128, 64], 64);
      expect(shared.version).not.toBe(version);
      expect(shared.buffer('arena0')).toBe(first);
      expect(shared.buffer('arena1')).not.toBe(second);
      expect(memory.heldBytes).toBe((256 + 128 + 64 + 64) * 4);
      memory.freeAll();
    });

    it('are large enough for two plans that grow them at once', async () => {
      const { memory, shared } = held();
      await Promise.all([shared.grow([128], 0), shared.grow([64], 64)]);
      expect(shared.buffer('arena0').size).toBe(512);
      expect(memory.heldBuffers).toBe(2);
      memory.freeAll();
    });

    it('are there again for a smaller plan after one that did not fit', async () => {
      const { memory, shared } = held();
      const tooMany = device.limits.maxBufferSize / 4 + 64;
      await shared.grow([64, 64], 64);
      const first = shared.buffer('arena0');
      await expect(shared.grow([64, 128, tooMany], 64)).rejects.toMatchObject({ code: 'out-of-memory' });
      expect(shared.buffer('arena0')).toBe(first);
      expect(() => shared.buffer('arena1')).toThrow('does not fit');
      expect(memory.heldBuffers).toBe(2);
      await shared.grow([64, 64], 64);
      expect(shared.buffer('arena1').size).toBe(256);
      expect(memory.heldBuffers).toBe(3);
      memory.freeAll();
    });
  });
});
