import type { WebGpuMemory } from './memory';
import type { WebGpuPlan } from './plan';

/** A single run that takes longer is measured well enough. */
const LONG_MS = 20;
/** Below this a browser's rounding of its clock (0.1 ms) would decide between kernels. */
const SHORT_MS = 1;

/** Says how long a plan's calls take: by the device's own clock where it has one, else by the wall's. */
export class RunClock {
  readonly kind: 'timestamps' | 'wall time';
  readonly #memory: WebGpuMemory;
  #stamps: { readonly querySet: GPUQuerySet; readonly resolved: GPUBuffer } | null = null;

  /** @param kind default: what the device has */
  constructor(memory: WebGpuMemory, kind?: RunClock['kind']) {
    this.#memory = memory;
    const hasStamps = memory.device.features.has('timestamp-query');
    this.kind = kind ?? (hasStamps ? 'timestamps' : 'wall time');
  }

  /** Milliseconds of a run of the calls, out of as many runs as it takes to tell. Results are overwritten. */
  async msOf(plan: WebGpuPlan): Promise<number> {
    // The first run pays for what was put off.
    const firstMs = await this.#msOfRuns(plan, 1);
    if (firstMs > LONG_MS) return firstMs;
    const tenMs = await this.#msOfRuns(plan, 10);
    if (tenMs > SHORT_MS) return tenMs / 10;
    const hundredMs = await this.#msOfRuns(plan, 100);
    return (hundredMs > 0 ? hundredMs : await this.#wallMs(plan, 100)) / 100;
  }

  dispose(): void {
    if (this.#stamps === null) return;
    this.#stamps.querySet.destroy();
    this.#stamps.resolved.destroy();
    this.#stamps = null;
  }

  async #msOfRuns(plan: WebGpuPlan, count: number): Promise<number> {
    return (
      (this.kind === 'timestamps' ? await this.#stampedMs(plan, count) : null) ?? this.#wallMs(plan, count)
    );
  }

  /** @returns null where the device's clock went backwards, which it may; 0 for a run shorter than its tick */
  async #stampedMs(plan: WebGpuPlan, count: number): Promise<number | null> {
    const { device, faults } = this.#memory;
    faults.check();
    this.#stamps ??= {
      querySet: device.createQuerySet({ type: 'timestamp', count: 2 }),
      resolved: device.createBuffer({
        size: 16,
        usage: GPUBufferUsage.QUERY_RESOLVE | GPUBufferUsage.COPY_SRC,
      }),
    };
    const { querySet, resolved } = this.#stamps;
    const encoder = device.createCommandEncoder();
    plan.encodeRuns(encoder, count, {
      querySet,
      beginningOfPassWriteIndex: 0,
      endOfPassWriteIndex: 1,
    });
    encoder.resolveQuerySet(querySet, 0, 2, resolved, 0);
    device.queue.submit([encoder.finish()]);
    const words = await this.#memory.read(resolved, 0, 4);
    const [begin, end] = new BigUint64Array(words.buffer, words.byteOffset, 2);
    return end! >= begin! ? Number(end! - begin!) / 1e6 : null;
  }

  async #wallMs(plan: WebGpuPlan, count: number): Promise<number> {
    const { device, faults } = this.#memory;
    faults.check();
    const encoder = device.createCommandEncoder();
    plan.encodeRuns(encoder, count);
    // What the device was given before is not measured.
    await device.queue.onSubmittedWorkDone();
    const startMs = performance.now();
    device.queue.submit([encoder.finish()]);
    await device.queue.onSubmittedWorkDone();
    return performance.now() - startMs;
  }
}
