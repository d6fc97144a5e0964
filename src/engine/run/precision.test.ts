import { describe, expect, it } from 'vitest';
import type { Executor } from '../executor';
import { createReferenceBackend } from '../kernels/reference/reference-backend';
import { describeOnWebGpu } from '../kernels/testing/node-webgpu';
import { requestWebGpuDevice } from '../kernels/webgpu/device';
import { createWebGpuBackend, type WebGpuBackend } from '../kernels/webgpu/webgpu-backend';
import { HARDWARE_TUNING, SOFTWARE_TUNING } from '../kernels/wgsl/tuning';
import { createPlanExecutor } from '../step-plan/executor/plan-executor';
import { driveRun, setupOf } from '../testing/drive-run';
import { EXECUTORS } from '../testing/executors';
import { wideData, wideNetwork } from '../testing/wide-network';

const CONFIG = {
  epochs: 3,
  batchSize: 8,
  unfreezeBackboneAtEpoch: 1,
  learningRate: 0.01,
  optimizer: 'momentum',
} as const;
const network = wideNetwork();

async function run(executor: Executor, precision: '32-true' | '16-mixed', switches: object = {}) {
  const setup = setupOf(executor, network, wideData(), { ...CONFIG, ...switches, precision });
  const { record, events } = await driveRun(setup);
  const weights = await executor.readWeights();
  return {
    losses: record.steps.map(({ loss }) => loss),
    messages: record.warnings.map(({ message }) => message),
    told: events.flatMap((event) => (event.type === 'warning' ? [event.warning.message] : [])),
    storage: executor.planView()?.storage ?? null,
    peakBytes: executor.planView()?.peakBytes ?? 0,
    weights,
  };
}

async function runOn(make: () => Promise<Executor>, precision: '32-true' | '16-mixed', switches?: object) {
  const executor = await make();
  const result = await run(executor, precision, switches);
  executor.dispose();
  return result;
}

describe('precision 16-mixed where it cannot act', () => {
  it.each(['plan (wasm)', 'tfjs (cpu)'] as const)(
    'says so before the first step on %s, and changes nothing',
    async (name) => {
      const make = () => EXECUTORS[name](network);
      const asked = await runOn(make, '16-mixed');
      const plain = await runOn(make, '32-true');
      expect(asked.messages).toEqual([expect.stringContaining('keeps everything in 32 bits')]);
      expect(asked.told).toEqual(asked.messages);
      expect(asked.losses).toEqual(plain.losses);
      expect(plain.messages).toEqual([]);
    },
  );
});

await describeOnWebGpu('precision 16-mixed on WebGPU', async (gpu) => {
  const { device } = await requestWebGpuDevice(gpu);
  const makeWith =
    (tuning = SOFTWARE_TUNING, change: (backend: WebGpuBackend) => WebGpuBackend = (each) => each) =>
    async () =>
      createPlanExecutor(network, change(await createWebGpuBackend({ device, tuning })));

  it.each([
    ['software', SOFTWARE_TUNING, { trainBnFrozenPhase: true, trainBnUnfrozenPhase: true }],
    ['hardware', HARDWARE_TUNING, { trainBnFrozenPhase: true, trainBnUnfrozenPhase: false }],
  ] as const)('trains as the float64 reference does, tuned for %s, %#', async (_, tuning, switches) => {
    const half = await runOn(makeWith(tuning), '16-mixed', switches);
    const full = await runOn(makeWith(tuning), '32-true', switches);
    const reference = await runOn(
      () => createPlanExecutor(network, createReferenceBackend()),
      '32-true',
      switches,
    );
    expect(half.storage).toMatchObject({
      format: 'half',
      comparison: { gradientCosine: expect.any(Number) },
    });
    expect(half.storage!.comparison!.gradientCosine).toBeGreaterThan(0.999);
    expect(half.storage!.comparison!.lossError).toBeGreaterThan(0);
    expect(full.storage).toEqual({ format: 'float32', comparison: null });
    expect(half.peakBytes).toBeLessThan(full.peakBytes);
    expect(half.messages).toEqual([]);
    expect(half.losses).not.toEqual(full.losses);
    half.losses.forEach((loss, step) => {
      expect(Math.abs(loss / reference.losses[step]! - 1), `step ${step}`).toBeLessThan(5e-3);
    });
  });

  it('leaves what is frozen bit for bit as it was', async () => {
    const half = await runOn(makeWith(), '16-mixed', {
      unfreezeBackboneAtEpoch: 9,
      trainBnFrozenPhase: true,
    });
    for (const layer of network.graph.layers) {
      for (const { name } of layer.weights) {
        const isSame = half.weights.get(name)!.every((value, i) => value === network.weights.get(name)![i]);
        expect(isSame, name).toBe(layer.part === 'backbone' && layer.kind !== 'batchNorm');
      }
    }
    expect(half.storage!.format).toBe('half');
  });

  it('goes on in 32 bits, and says why, where the first batch gives another step', async () => {
    // A driver that gets halves wrong.
    const faulty = (backend: WebGpuBackend) => {
      const load = backend.load.bind(backend);
      backend.load = async (plan, ...rest) => {
        const loaded = await load(plan, ...rest);
        if (!plan.buffers.some(({ format }) => format !== 'float32')) return loaded;
        const read = loaded.read.bind(loaded);
        loaded.read = async (...what) => (await read(...what)).map((value) => value * 1.1);
        return loaded;
      };
      return backend;
    };
    const refused = await runOn(makeWith(SOFTWARE_TUNING, faulty), '16-mixed');
    const plain = await runOn(makeWith(), '32-true');
    expect(refused.storage!.format).toBe('float32');
    expect(refused.storage!.comparison!.lossError).toBeCloseTo(0.1, 2);
    // Once, though both phases were refused.
    expect(refused.messages).toEqual([
      expect.stringMatching(/^The precision 16-mixed was not used: .*10 % off/),
    ]);
    expect(refused.told).toEqual(refused.messages);
    expect(refused.losses).toEqual(plain.losses);
    expect(refused.weights).toEqual(plain.weights);
  });

  it('holds the same buffers after many steps as after two', async () => {
    const backend = await createWebGpuBackend({ device });
    const executor = await createPlanExecutor(network, backend);
    const held: object[] = [];
    const setup = setupOf(executor, network, wideData(), { ...CONFIG, epochs: 20, precision: '16-mixed' });
    await driveRun(setup, ({ type }) => {
      if (type === 'epochEnded') held.push({ bytes: backend.heldBytes(), buffers: backend.heldBuffers() });
      return 'continue';
    });
    expect(held.at(-1)).toEqual(held[2]);
    executor.dispose();
  });
});
