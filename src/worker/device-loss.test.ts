import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createRandom } from '../core/random';
import type { TrainingEvent } from '../core/run/events';
import { describeOnWebGpu } from '../engine/kernels/testing/node-webgpu';
import type { Session } from './session';
import { openWebGpuSession, stubBrowserGpu, tensorData } from './testing/webgpu-session';

// A graphics processor that goes away under a session, as a page meets it.

const CONFIG = { epochs: 5, unfreezeBackboneAtEpoch: 2, batchSize: 8, learningRate: 0.01, seed: 5 };
const ignore = () => {};

await describeOnWebGpu('a session whose device is lost', (gpu) => {
  /** Every device that sessions were given, the present one last. */
  let devices: GPUDevice[] = [];

  beforeEach(() => {
    devices = stubBrowserGpu(gpu);
  });
  afterEach(async () => {
    // The next session shares no device with this one.
    devices.at(-1)?.destroy();
    await devices.at(-1)?.lost;
    vi.unstubAllGlobals();
  });

  const valuesOf = async (session: Session) =>
    Object.entries(await session.weights()).map(([name, { values }]) => [name, values] as const);

  describe('a session whose device is lost', () => {
    it('trains on by itself to the numbers of an undisturbed run, lost twenty times', {
      timeout: 600_000,
    }, async () => {
      const session = await openWebGpuSession();
      const whole = await session.train(CONFIG, ignore);
      const weights = await valuesOf(session);
      const random = createRandom(11);
      let lost = 0;
      while (lost < 20) {
        const events: TrainingEvent[] = [];
        const doomed = new Set<GPUDevice>();
        // Twice in an epoch at most: what is lost again and again is for another test.
        const disturbed = new Map<number, number>();
        const record = await session.train(CONFIG, (event) => {
          events.push(event);
          if (event.type !== 'step' && event.type !== 'epochStarted' && event.type !== 'epochEnded') return;
          const epoch = event.type === 'epochEnded' ? event.record.epoch + 1 : event.epoch;
          const device = devices.at(-1)!;
          if (doomed.has(device) || random() < 0.5 || (disturbed.get(epoch) ?? 0) === 2) return;
          disturbed.set(epoch, (disturbed.get(epoch) ?? 0) + 1);
          doomed.add(device);
          setTimeout(() => device.destroy(), random() * 12);
        });
        expect(record.steps).toEqual(whole.steps);
        expect(record.layers).toEqual(whole.layers);
        expect(withoutTimes(record.epochs)).toEqual(withoutTimes(whole.epochs));
        expect(await valuesOf(session)).toEqual(weights);
        const steps = events.filter((event) => event.type === 'step');
        expect(steps.map(({ step }) => step)).toEqual(whole.steps.map((_, step) => step));
        expect(steps.map(({ loss }) => ({ loss }))).toEqual(whole.steps);
        const restarts = events.filter((event) => event.type === 'restarted');
        const said = events.filter((event) => event.type === 'warning').map(({ warning }) => warning);
        expect(said).toEqual(record.warnings);
        // A device may be lost before the run has begun again on it, which is told too.
        const lostDevices = said.filter(({ code }) => code === 'device-lost').length;
        expect(lostDevices).toBeGreaterThanOrEqual(restarts.length);
        expect(lostDevices).toBeLessThanOrEqual(doomed.size);
        lost += restarts.length;
      }
    });

    it('makes a new device with the next use, and keeps what was trained', async () => {
      const session = await openWebGpuSession();
      await session.train({ ...CONFIG, epochs: 1 }, ignore);
      const weights = await valuesOf(session);
      const { logits } = await session.predict(tensorData.validation!);
      const before = devices.length;
      devices.at(-1)!.destroy();
      expect((await session.predict(tensorData.validation!)).logits).toEqual(logits);
      expect(devices.length).toBe(before + 1);
      devices.at(-1)!.destroy();
      // Two at once take one new device.
      const [values, { accuracy }] = await Promise.all([valuesOf(session), session.validate()]);
      expect(values).toEqual(weights);
      expect(accuracy).toBeGreaterThan(0);
      expect(devices.length).toBe(before + 2);
      devices.at(-1)!.destroy();
      const events: TrainingEvent[] = [];
      const record = await session.train({ ...CONFIG, epochs: 1 }, (event) => events.push(event));
      expect(record.warnings.map(({ code }) => code)).not.toContain('device-lost');
      expect(events.some(({ type }) => type === 'restarted')).toBe(false);
    });

    it('says that no graphics processor is left, and takes one that comes back', async () => {
      const session = await openWebGpuSession();
      const { logits } = await session.predict(tensorData.validation!);
      const { navigator } = globalThis;
      vi.stubGlobal('navigator', { gpu: { requestAdapter: async () => null } });
      devices.at(-1)!.destroy();
      await expect(session.predict(tensorData.validation!)).rejects.toMatchObject({
        code: 'device-lost',
        message: expect.stringContaining('Reload the page'),
      });
      vi.stubGlobal('navigator', navigator);
      expect((await session.predict(tensorData.validation!)).logits).toEqual(logits);
    });

    it('pauses and stops while it makes a new device and after', async () => {
      const session = await openWebGpuSession();
      const events: TrainingEvent[] = [];
      let next: () => void = () => {};
      const heard = (type: TrainingEvent['type'], after: number) =>
        new Promise<void>((resolve) => {
          next = () => {
            if (events.slice(after).some((event) => event.type === type)) resolve();
          };
          next();
        });
      const run = session.train({ ...CONFIG, epochs: 1000 }, (event) => {
        events.push(event);
        next();
      });
      await heard('step', 0);
      await session.pause();
      devices.at(-1)!.destroy();
      // A picture that is tried while the run stands still finds the loss first.
      await session.predict(tensorData.validation!);
      session.resume();
      await heard('restarted', 0);
      await session.pause();
      const held = events.length;
      await session.weights();
      expect(events.length).toBe(held);
      await session.resume();
      await heard('epochEnded', held);
      devices.at(-1)!.destroy();
      await session.stop();
      const record = await run;
      expect(record.outcome).toBe('stopped');
      expect(record.epochs.length).toBeGreaterThan(0);
    });

    it('says what to do where every device is lost, and goes on from the last epoch when told to', {
      timeout: 120_000,
    }, async () => {
      const session = await openWebGpuSession();
      const whole = await session.train(CONFIG, ignore);
      const events: TrainingEvent[] = [];
      const lostFrom = 2;
      const run = session.train(CONFIG, (event) => {
        events.push(event);
        const isDoomed = event.type === 'step' && event.epoch === lostFrom;
        if (isDoomed || event.type === 'restarted') devices.at(-1)!.destroy();
      });
      await expect(run).rejects.toMatchObject({
        code: 'device-lost',
        message: expect.stringMatching(/lost in epoch 2 again and again.*end of epoch 1.*\?backend=wasm/),
      });
      expect(events.filter(({ type }) => type === 'restarted')).toHaveLength(3);
      expect(events.at(-1)).toMatchObject({ type: 'failed', failure: { code: 'device-lost' } });
      const state = await session.runState();
      expect(state.clock.epoch).toBe(lostFrom);
      expect(await valuesOf(session)).toEqual(
        (await valuesOf(session)).map(([name]) => [name, state.weights.get(name)]),
      );
      expect((await session.resumeRun(state, ignore)).steps).toEqual(whole.steps);
    });
  });
});

function withoutTimes(epochs: readonly { readonly ms: number }[]) {
  return epochs.map((epoch) => ({ ...epoch, ms: 0 }));
}
