import { afterEach, describe, expect, it, vi } from 'vitest';
import type { TrainingEvent } from '../core/run/events';
import { describeOnWebGpu } from '../engine/kernels/testing/node-webgpu';
import { tickingClock } from '../engine/testing/ticking-clock';
import { openWebGpuSession, stubBrowserGpu, tensorData } from './testing/webgpu-session';

// What goes wrong on a graphics processor reaches the page as a sentence with a code, and the page lives on.

const CONFIG = { epochs: 1, trainBnFrozenPhase: true, batchSize: 4, learningRate: 0.01 };
const ignore = () => {};

await describeOnWebGpu('faults of a device under a session', (gpu) => {
  let devices: GPUDevice[] = [];

  afterEach(async () => {
    devices.at(-1)?.destroy();
    await devices.at(-1)?.lost;
    vi.unstubAllGlobals();
  });

  describe('faults of a device under a session', () => {
    it('a plan with a tensor larger than the device’s largest buffer is refused before it runs, and a smaller one trains', async () => {
      devices = stubBrowserGpu(gpu, { maxBufferSize: 80_000 });
      const session = await openWebGpuSession();
      const events: TrainingEvent[] = [];
      const big = session.train({ ...CONFIG, batchSize: 24 }, (event) => events.push(event));
      await expect(big).rejects.toMatchObject({
        code: 'out-of-memory',
        message: expect.stringMatching(
          /^Training needs \d+ MB at once, which this machine did not give\. With a batch size of 12 it would be/,
        ),
      });
      expect(events.at(-1)).toMatchObject({ type: 'failed', failure: { code: 'out-of-memory' } });
      expect(await session.train(CONFIG, ignore)).toMatchObject({ outcome: 'completed' });
    });

    it('a buffer the driver has no room for ends the run, and the next one trains', async () => {
      devices = stubBrowserGpu(gpu);
      const session = await openWebGpuSession();
      const device = devices.at(-1)!;
      const noRoom = vi.spyOn(device, 'popErrorScope').mockImplementation(async () => {
        return new GPUOutOfMemoryError('no room');
      });
      await expect(session.train(CONFIG, ignore)).rejects.toMatchObject({ code: 'out-of-memory' });
      noRoom.mockRestore();
      expect(await session.train(CONFIG, ignore)).toMatchObject({ outcome: 'completed' });
      expect(devices).toHaveLength(1);
    });

    it('an error that nobody waited for ends the run, and the next one trains', async () => {
      devices = stubBrowserGpu(gpu);
      const session = await openWebGpuSession();
      const events: TrainingEvent[] = [];
      const run = session.train({ ...CONFIG, epochs: 50 }, (event) => {
        events.push(event);
        if (event.type === 'step' && event.step === 3)
          devices.at(-1)!.createBuffer({ size: 16, usage: 0xffff });
      });
      await expect(run).rejects.toMatchObject({
        code: 'shader-invalid',
        message: expect.stringContaining('Choose another backend'),
      });
      expect(events.at(-1)).toMatchObject({ type: 'failed', failure: { code: 'shader-invalid' } });
      expect(await session.train(CONFIG, ignore)).toMatchObject({ outcome: 'completed' });
      expect((await session.predict(tensorData.validation!)).logits.every(Number.isFinite)).toBe(true);
    });

    it('counts the dispatches of a step as the device is given them', async () => {
      devices = stubBrowserGpu(gpu);
      const session = await openWebGpuSession();
      await session.train(CONFIG, ignore);
      // Steps so long that one other is begun meanwhile.
      tickingClock(20);
      const dispatch = vi.spyOn(GPUComputePassEncoder.prototype, 'dispatchWorkgroups');
      const given: number[] = [];
      await session.train(CONFIG, ({ type }) => {
        if (type === 'step') given.push(dispatch.mock.calls.length);
      });
      vi.restoreAllMocks();
      const { dispatches } = await session.stats();
      expect(given[2]! - given[1]!).toBe(dispatches);
      expect(await session.planView()).toMatchObject({ dispatches });
    });
  });
});
