import { ThawError } from '../../../core/errors';
import type { Numbers, ParameterMemory, ParameterRegion } from '../../step-plan/backend';
import type { ParameterLayout } from '../../step-plan/plan';
import { type DeviceFaults, outOfMemory } from './faults';

const BYTES = Float32Array.BYTES_PER_ELEMENT;
/** The smallest buffer: a binding may not be empty. */
const LEAST_BYTES = 256;

/** Buffers on the device, counted; copies out of them. */
export class WebGpuMemory {
  readonly device: GPUDevice;
  readonly faults: DeviceFaults;
  readonly #held = new Set<GPUBuffer>();
  readonly #whole: WebGpuMemory | null;

  /** @param whole that this is a part of, which counts its buffers too */
  constructor(device: GPUDevice, faults: DeviceFaults, whole: WebGpuMemory | null = null) {
    this.device = device;
    this.faults = faults;
    this.#whole = whole;
  }

  /** What is made in a part of this memory, which can be freed as one; where anything fails, it is. */
  async inPart<Made>(make: (part: WebGpuMemory) => Promise<Made>): Promise<Made> {
    const part = new WebGpuMemory(this.device, this.faults, this);
    try {
      return await make(part);
    } catch (error) {
      part.freeAll();
      throw error;
    }
  }

  get heldBuffers(): number {
    return this.#held.size;
  }

  get heldBytes(): number {
    let bytes = 0;
    for (const buffer of this.#held) bytes += buffer.size;
    return bytes;
  }

  /** Zeroed storage. @throws ThawError `out-of-memory` */
  async storage(what: string, elements: number): Promise<GPUBuffer> {
    return this.#create(
      what,
      elements * BYTES,
      GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST,
    );
  }

  async uniforms(what: string, bytes: number): Promise<GPUBuffer> {
    return this.#create(what, bytes, GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST);
  }

  async table(what: string, values: Uint32Array<ArrayBuffer>): Promise<GPUBuffer> {
    const buffer = await this.#create(
      what,
      values.byteLength,
      GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_DST,
    );
    this.device.queue.writeBuffer(buffer, 0, values);
    return buffer;
  }

  async readback(bytes: number): Promise<GPUBuffer> {
    return this.#create('A copy', bytes, GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST);
  }

  /** Mapped for writing from the start. */
  async upload(bytes: number): Promise<GPUBuffer> {
    return this.#create('An input', bytes, GPUBufferUsage.MAP_WRITE | GPUBufferUsage.COPY_SRC, true);
  }

  free(buffer: GPUBuffer): void {
    this.#held.delete(buffer);
    if (this.#whole !== null) this.#whole.#held.delete(buffer);
    buffer.destroy();
  }

  freeAll(): void {
    for (const buffer of this.#held) this.free(buffer);
  }

  /** A copy of a range, once every run that was started before is done. */
  async read(source: GPUBuffer, offset: number, elements: number): Promise<Float32Array> {
    // A copy on its way outlives the part that it was made of.
    if (this.#whole !== null) return this.#whole.read(source, offset, elements);
    this.faults.check();
    if (elements === 0) return new Float32Array(0);
    const staging = await this.readback(elements * BYTES);
    const { told } = this.faults;
    try {
      const encoder = this.device.createCommandEncoder();
      encoder.copyBufferToBuffer(source, offset * BYTES, staging, 0, elements * BYTES);
      this.device.queue.submit([encoder.finish()]);
      return await this.map(staging, elements, told);
    } finally {
      this.free(staging);
    }
  }

  /**
   * What a readback buffer holds; unmapped again.
   * @param told of the faults when the copy was submitted
   */
  async map(staging: GPUBuffer, elements: number, told: number): Promise<Float32Array> {
    let values: Float32Array;
    try {
      await staging.mapAsync(GPUMapMode.READ, 0, elements * BYTES);
      // A device that is lost just now unmaps what was mapped.
      values = new Float32Array(staging.getMappedRange(0, elements * BYTES).slice(0));
      staging.unmap();
    } catch (error) {
      throw await this.faults.explain(error, 'Reading a result');
    }
    // A step that was refused leaves old numbers behind: they must not pass as its result.
    this.faults.checkSince(told);
    return values;
  }

  async #create(
    what: string,
    bytes: number,
    usage: GPUBufferUsageFlags,
    mappedAtCreation = false,
  ): Promise<GPUBuffer> {
    const size = Math.max(LEAST_BYTES, Math.ceil(bytes / 16) * 16);
    if (size > this.device.limits.maxBufferSize) throw outOfMemory(what, bytes);
    const buffer = await this.faults.guard(what, () =>
      this.device.createBuffer({ label: what, size, usage, mappedAtCreation }),
    );
    this.#held.add(buffer);
    if (this.#whole !== null) this.#whole.#held.add(buffer);
    return buffer;
  }
}

type RegionBuffers = Readonly<Record<ParameterRegion, GPUBuffer>>;

/** The four parameter regions, a buffer each. */
export class WebGpuParameters implements ParameterMemory {
  readonly buffers: RegionBuffers;
  /** Of these buffers alone. */
  readonly #memory: WebGpuMemory;

  private constructor(memory: WebGpuMemory, buffers: RegionBuffers) {
    this.#memory = memory;
    this.buffers = buffers;
  }

  static create(memory: WebGpuMemory, { elements }: ParameterLayout): Promise<WebGpuParameters> {
    return memory.inPart(async (part) => {
      const buffers = {
        weights: await part.storage('The weights', elements.weights),
        gradients: await part.storage('The gradients', elements.gradients),
        slot0: await part.storage('The optimizer state', elements.slot0),
        slot1: await part.storage('The optimizer state', elements.slot1),
      };
      return new WebGpuParameters(part, buffers);
    });
  }

  write(region: ParameterRegion, offset: number, values: Numbers): void {
    const numbers = Float32Array.from(values);
    this.#memory.device.queue.writeBuffer(this.buffers[region], offset * BYTES, numbers);
  }

  read(region: ParameterRegion, offset: number, elements: number): Promise<Float32Array> {
    return this.#memory.read(this.buffers[region], offset, elements);
  }

  dispose(): void {
    this.#memory.freeAll();
  }
}

export function asWebGpuParameters(parameters: ParameterMemory): WebGpuParameters {
  if (parameters instanceof WebGpuParameters) return parameters;
  throw new ThawError('internal', 'These parameters belong to another backend.');
}
