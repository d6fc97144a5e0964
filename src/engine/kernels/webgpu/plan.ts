import type { LoadedPlan, Numbers, RunCost } from '../../step-plan/backend';
import type { BufferId } from '../../step-plan/calls/call';
import type { StepPlan } from '../../step-plan/plan';
import { bytesOf, type Dispatch, isArena, rangeOf, SCALAR_VECTORS, type Space } from '../wgsl/shader';
import type { InputRing } from './input-ring';
import type { WebGpuMemory, WebGpuParameters } from './memory';
import type { OutputRing } from './output-ring';
import type { CompiledPipeline } from './pipelines';
import type { SharedBuffers } from './shared-buffers';

const BYTES = Float32Array.BYTES_PER_ELEMENT;

/** A dispatch with all its GPU objects. */
export interface ReadyDispatch {
  readonly dispatch: Dispatch;
  readonly compiled: CompiledPipeline;
  /** Where its sizes are in the plan's buffer of sizes, in bytes. */
  readonly sizesOffset: number;
  readonly table: GPUBuffer | null;
}

export interface PlanParts {
  readonly plan: StepPlan;
  /** Of the plan's own buffers. */
  readonly memory: WebGpuMemory;
  readonly parameters: WebGpuParameters;
  readonly shared: SharedBuffers;
  /** That its calls need in the shared buffers, besides its segments. */
  readonly partialElements: number;
  readonly prepared: GPUBuffer;
  readonly scalars: GPUBuffer;
  readonly sizes: GPUBuffer;
  readonly prepare: readonly ReadyDispatch[];
  readonly calls: readonly ReadyDispatch[];
  readonly inputs: InputRing;
  readonly outputs: OutputRing;
  readonly cost: RunCost;
}

/** What `run` does of a dispatch. */
interface Recorded {
  readonly pipeline: GPUComputePipeline;
  readonly bindGroup: GPUBindGroup;
  readonly x: number;
  readonly y: number;
}

/** A plan on the device: to run it is to encode what was recorded when it was loaded. */
export class WebGpuPlan implements LoadedPlan {
  readonly plan: StepPlan;
  readonly cost: RunCost;
  readonly #parts: PlanParts;
  readonly #device: GPUDevice;
  readonly #inputs: InputRing;
  readonly #outputs: OutputRing;
  #recordedVersion = -1;
  /** Inputs that wait for their room in the shared buffers. */
  readonly #unwritten: { readonly buffer: BufferId; readonly values: Float32Array<ArrayBuffer> }[] = [];
  #prepare: readonly Recorded[] = [];
  #calls: readonly Recorded[] = [];
  readonly #scalars = new Float32Array(SCALAR_VECTORS * 4);

  constructor(parts: PlanParts) {
    this.plan = parts.plan;
    this.cost = parts.cost;
    this.#parts = parts;
    this.#device = parts.memory.device;
    this.#inputs = parts.inputs;
    this.#outputs = parts.outputs;
  }

  write(buffer: BufferId, values: ArrayLike<number> & Iterable<number>): void {
    if (this.#inputs.write(buffer, values)) return;
    if (this.#recordedVersion !== this.#parts.shared.version) {
      this.#unwritten.push({ buffer, values: Float32Array.from(values) });
      return;
    }
    const numbers = values instanceof Float32Array ? values : Float32Array.from(values);
    // A view's type does not say that its memory is not shared; a shared one is copied.
    const own =
      numbers.buffer instanceof ArrayBuffer ? (numbers as Float32Array<ArrayBuffer>) : numbers.slice();
    this.#writeNow(buffer, own);
  }

  async prepare(): Promise<void> {
    this.#parts.memory.faults.check();
    await this.#makeRoom();
    const encoder = this.#device.createCommandEncoder();
    encode(encoder, this.#prepare);
    this.#device.queue.submit([encoder.finish()]);
  }

  async run(scalars: readonly number[]): Promise<void> {
    const { memory, shared } = this.#parts;
    memory.faults.check();
    const unwritten = this.#unwritten.splice(0);
    // Without waiting where nothing has changed.
    if (this.#recordedVersion !== shared.version) await this.#makeRoom();
    for (const { buffer, values } of unwritten) this.#writeNow(buffer, values);
    this.#writeScalars(scalars);
    const encoder = this.#device.createCommandEncoder();
    this.#inputs.copyInputs(encoder, this.#bufferOf, this.#parts.scalars);
    encode(encoder, this.#calls);
    this.#outputs.copyOutputs(encoder, this.#bufferOf);
    this.#device.queue.submit([encoder.finish()]);
    this.#inputs.release();
  }

  /** The calls `count` times in one pass, without their results: for measuring. */
  encodeRuns(
    encoder: GPUCommandEncoder,
    count: number,
    timestampWrites?: GPUComputePassTimestampWrites,
  ): void {
    this.record();
    encode(encoder, Array.from({ length: count }, () => this.#calls).flat(), timestampWrites);
  }

  async read(buffer: BufferId, elements?: number): Promise<Numbers> {
    const { space, offset, elements: all } = rangeOf(this.plan, buffer);
    const count = elements ?? all;
    return (
      (await this.#outputs.take(buffer, count)) ??
      this.#parts.memory.read(this.#bufferOf(space), offset, count)
    );
  }

  dispose(): void {
    this.#parts.memory.freeAll();
  }

  readonly #bufferOf = (space: Space): GPUBuffer => {
    const { parameters, prepared, shared } = this.#parts;
    if (isArena(space) || space === 'partials') return shared.buffer(space);
    return space === 'prepared' ? prepared : parameters.buffers[space];
  };

  /** Where the shared buffers have changed since it was recorded: a plan that did not fit has left some of them out. */
  async #makeRoom(): Promise<void> {
    const { plan, partialElements, shared } = this.#parts;
    if (this.#recordedVersion === shared.version) return;
    await shared.grow(plan.segments, partialElements);
    this.record();
  }

  /** Makes the bind groups: once, and again when the shared buffers grew. */
  record(): void {
    const { prepare, calls, shared } = this.#parts;
    if (this.#recordedVersion === shared.version) return;
    this.#prepare = prepare.map((ready) => this.#recordOne(ready));
    this.#calls = calls.map((ready) => this.#recordOne(ready));
    this.#recordedVersion = shared.version;
  }

  #recordOne({ dispatch, compiled, sizesOffset, table }: ReadyDispatch): Recorded {
    const resources: GPUBufferBinding[] = dispatch.bindings.map(({ range }) => ({
      buffer: this.#bufferOf(range.space),
      offset: range.offset * BYTES,
      // A shader may take four numbers at once; every range ends on a multiple of 64 within its buffer.
      size: Math.ceil(bytesOf(range) / 16) * 16,
    }));
    resources.push({
      buffer: this.#parts.sizes,
      offset: sizesOffset,
      size: dispatch.sizes.byteLength,
    });
    if (dispatch.readsScalars) resources.push({ buffer: this.#parts.scalars });
    if (table) resources.push({ buffer: table });
    const bindGroup = this.#device.createBindGroup({
      label: dispatch.label,
      layout: compiled.layout,
      entries: resources.map((resource, binding) => ({ binding, resource })),
    });
    const [x, y] = dispatch.workgroups;
    return { pipeline: compiled.pipeline, bindGroup, x, y };
  }

  #writeNow(buffer: BufferId, values: Float32Array<ArrayBuffer>): void {
    const { space, offset } = rangeOf(this.plan, buffer);
    this.#device.queue.writeBuffer(this.#bufferOf(space), offset * BYTES, values);
  }

  #writeScalars(scalars: readonly number[]): void {
    let changed = false;
    for (let i = 0; i < scalars.length; i += 1) {
      const value = Math.fround(scalars[i]!);
      if (this.#scalars[i] === value) continue;
      this.#scalars[i] = value;
      changed = true;
    }
    if (!changed || this.#inputs.writeScalars(this.#scalars)) return;
    this.#device.queue.writeBuffer(this.#parts.scalars, 0, this.#scalars);
  }
}

function encode(
  encoder: GPUCommandEncoder,
  calls: readonly Recorded[],
  timestampWrites?: GPUComputePassTimestampWrites,
): void {
  const pass = encoder.beginComputePass(timestampWrites && { timestampWrites });
  let current: GPUComputePipeline | null = null;
  for (const { pipeline, bindGroup, x, y } of calls) {
    if (pipeline !== current) pass.setPipeline(pipeline);
    current = pipeline;
    pass.setBindGroup(0, bindGroup);
    pass.dispatchWorkgroups(x, y);
  }
  pass.end();
}
