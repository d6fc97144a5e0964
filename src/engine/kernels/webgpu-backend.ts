import type { KernelBackend, LoadedPlan, ParameterMemory } from '../step-plan/backend';
import type { KernelCall, KernelKind } from '../step-plan/operations';
import type { ParameterLayout, StepPlan } from '../step-plan/plan';
import { describeAdapter, isSoftwareAdapter, requestWebGpuDevice } from './webgpu-device';
import { DeviceFaults, outOfMemory } from './webgpu-faults';
import { InputRing } from './webgpu-input-ring';
import { asWebGpuParameters, WebGpuMemory, WebGpuParameters } from './webgpu-memory';
import { OutputRing } from './webgpu-output-ring';
import { type CompileProgress, WebGpuPipelines } from './webgpu-pipelines';
import { type ReadyDispatch, type SharedBuffers, WebGpuPlan } from './webgpu-plan';
import { type TunedProducts, tuneProducts } from './webgpu-product-tuner';
import { WGSL_KERNELS } from './wgsl-kernels';
import { recordCalls } from './wgsl-recorder';
import { type Dispatch, SCALAR_VECTORS } from './wgsl-shader';
import { HARDWARE_TUNING, type ProductVariant, SOFTWARE_TUNING, type Tuning } from './wgsl-tuning';

const BYTES = Float32Array.BYTES_PER_ELEMENT;

/** What WebGPU asks of the offset of a uniform binding; more than the sizes of any dispatch. */
const SIZES_STRIDE_BYTES = 256;

export interface WebGpuBackendOptions {
  /** Default: one of the backend's own. One passed in stays the caller's to destroy. */
  readonly device?: GPUDevice;
  /** Default: by the kind of adapter. */
  readonly tuning?: Tuning;
  /** Storage buffers a shader may use; default: the device's limit. */
  readonly maxStorageBuffers?: number;
  readonly onCompileProgress?: CompileProgress;
  /** Time a load may spend on measuring; default: 1.5 s on a graphics processor, none in software. */
  readonly tuneBudgetMs?: number;
  /** What was measured before on this adapter; that of another one is ignored. */
  readonly tuned?: TunedProducts;
}

/** What a loaded plan costs a run: exact, whatever the adapter. */
export interface PlanCost {
  readonly dispatches: number;
  /** Bytes of every buffer a dispatch reads or writes, summed over the dispatches. */
  readonly trafficBytes: number;
  readonly pipelines: number;
}

export interface WebGpuBackend extends KernelBackend {
  readonly device: GPUDevice;
  /** Resolves once the device is lost; whoever runs a training makes a new backend then. */
  readonly lost: Promise<GPUDeviceLostInfo>;
  /** What was measured so far, to be kept until the next visit. */
  readonly tuned: TunedProducts;
  costOf(plan: StepPlan): PlanCost;
}

/** Fused WGSL kernels on a GPU. @throws ThawError `backend-unavailable` */
export async function createWebGpuBackend(options: WebGpuBackendOptions = {}): Promise<WebGpuBackend> {
  const { device, info } = options.device
    ? { device: options.device, info: options.device.adapterInfo }
    : await requestWebGpuDevice();
  return new Backend(device, info, options);
}

/** By adapter, as long as the page lives: a new device of the same adapter need not measure again. */
const measured = new Map<string, ReadonlyMap<string, ProductVariant>>();

class Backend implements WebGpuBackend {
  readonly name = 'webgpu';
  readonly inPlace = 'allowed';
  readonly kernels: ReadonlySet<KernelKind> = new Set(Object.keys(WGSL_KERNELS) as KernelKind[]);
  readonly device: GPUDevice;
  readonly lost: Promise<GPUDeviceLostInfo>;
  readonly description: string;
  readonly #adapter: string;
  readonly #isOwnDevice: boolean;
  readonly #options: WebGpuBackendOptions;
  readonly #tuneBudgetMs: number;
  readonly #faults: DeviceFaults;
  readonly #memory: WebGpuMemory;
  readonly #pipelines: WebGpuPipelines;
  #tuning: Tuning;
  #shared: SharedBuffers | null = null;

  constructor(device: GPUDevice, info: GPUAdapterInfo, options: WebGpuBackendOptions) {
    const isSoftware = isSoftwareAdapter(info);
    this.device = device;
    this.lost = device.lost;
    this.#adapter = describeAdapter(info);
    this.description = `WGSL kernels on ${this.#adapter}`;
    this.#isOwnDevice = options.device === undefined;
    this.#options = options;
    this.#tuneBudgetMs = options.tuneBudgetMs ?? (isSoftware ? 0 : 1500);
    const tuning = options.tuning ?? (isSoftware ? SOFTWARE_TUNING : HARDWARE_TUNING);
    const kept = options.tuned?.adapter === this.#adapter ? Object.entries(options.tuned.products) : [];
    const known = options.tuning ? [] : (measured.get(this.#adapter) ?? []);
    this.#tuning = { ...tuning, products: new Map([...tuning.products, ...known, ...kept]) };
    this.#faults = new DeviceFaults(device);
    this.#memory = new WebGpuMemory(device, this.#faults);
    this.#pipelines = new WebGpuPipelines(device, this.#faults);
  }

  get tuned(): TunedProducts {
    return { adapter: this.#adapter, products: Object.fromEntries(this.#tuning.products) };
  }

  /** Partial sums have a buffer of their own, which lives longer than a call. */
  scratchElements(): number {
    return 0;
  }

  allocateParameters(layout: ParameterLayout): Promise<ParameterMemory> {
    return WebGpuParameters.create(this.#memory, layout);
  }

  async load(plan: StepPlan, parameters: ParameterMemory): Promise<LoadedPlan> {
    const own = asWebGpuParameters(parameters);
    if (plan.purpose === 'training' && this.#tuneBudgetMs > 0) await this.#tune(plan, own);
    return this.#load(plan, own, this.#tuning, this.#options.onCompileProgress);
  }

  costOf(plan: StepPlan): PlanCost {
    const { dispatches } = this.#record(plan, plan.calls, this.#tuning);
    return {
      dispatches: dispatches.length,
      trafficBytes: dispatches.reduce((sum, dispatch) => sum + dispatch.trafficBytes, 0),
      pipelines: new Set(dispatches.map((dispatch) => dispatch.source)).size,
    };
  }

  heldBytes(): number {
    return this.#memory.heldBytes;
  }

  heldBuffers(): number {
    return this.#memory.heldBuffers;
  }

  dispose(): void {
    this.#faults.dispose();
    this.#memory.freeAll();
    this.#shared = null;
    if (this.#isOwnDevice) this.device.destroy();
  }

  async #load(
    plan: StepPlan,
    parameters: WebGpuParameters,
    tuning: Tuning,
    onProgress?: CompileProgress,
  ): Promise<WebGpuPlan> {
    const calls = this.#record(plan, plan.calls, tuning);
    const prepare = this.#record(plan, plan.prepare, tuning);
    const all = [...calls.dispatches, ...prepare.dispatches];
    this.#checkBindings(all);
    await this.#growShared(plan.arenaElements, Math.max(calls.partialElements, prepare.partialElements));
    const compiled = await this.#pipelines.compile(all, onProgress);
    const ready: ReadyDispatch[] = [];
    for (const [index, dispatch] of all.entries()) {
      const table = dispatch.table && (await this.#memory.table(dispatch.label, dispatch.table));
      ready.push({ dispatch, compiled: compiled[index]!, sizesOffset: index * SIZES_STRIDE_BYTES, table });
    }
    const sizes = await this.#memory.uniforms('The sizes of a plan', all.length * SIZES_STRIDE_BYTES);
    this.device.queue.writeBuffer(sizes, 0, sizesOf(all));
    const inputs = new InputRing(this.#memory, plan, SCALAR_VECTORS * 4);
    await inputs.allocate();
    const outputs = new OutputRing(this.#memory, plan);
    await outputs.allocate();
    const loaded = new WebGpuPlan({
      plan,
      memory: this.#memory,
      parameters,
      shared: () => this.#shared!,
      prepared: await this.#memory.storage('The prepared weights', plan.preparedElements),
      scalars: await this.#memory.uniforms('The numbers of a step', SCALAR_VECTORS * 4 * BYTES),
      sizes,
      calls: ready.slice(0, calls.dispatches.length),
      prepare: ready.slice(calls.dispatches.length),
      inputs,
      outputs,
    });
    await this.#faults.guard('Binding the buffers of a plan', () => loaded.record());
    return loaded;
  }

  async #tune(plan: StepPlan, parameters: WebGpuParameters): Promise<void> {
    const products = await tuneProducts(plan, this.#tuning, this.#tuneBudgetMs, async (alone, tuning) => {
      const loaded = await this.#load(alone, parameters, tuning);
      const runs = async (count: number) => {
        const startMs = performance.now();
        for (let run = 0; run < count; run += 1) await loaded.run([]);
        await this.device.queue.onSubmittedWorkDone();
        return (performance.now() - startMs) / count;
      };
      // The first run pays for what was put off; then enough runs that the round trip does not count.
      const firstMs = await runs(1);
      const ms = firstMs > 20 ? firstMs : await runs(10);
      loaded.dispose();
      return ms;
    });
    this.#tuning = { ...this.#tuning, products };
    if (!this.#options.tuning) measured.set(this.#adapter, products);
  }

  #record(plan: StepPlan, calls: readonly KernelCall[], tuning: Tuning) {
    const { maxStorageBuffers = this.device.limits.maxStorageBuffersPerShaderStage } = this.#options;
    return recordCalls(plan, calls, { tuning, maxStorageBuffers });
  }

  #checkBindings(dispatches: readonly Dispatch[]): void {
    const most = this.device.limits.maxStorageBufferBindingSize;
    for (const { label, bindings } of dispatches) {
      const bytes = Math.max(0, ...bindings.map(({ range }) => range.elements * BYTES));
      if (bytes > most) throw outOfMemory(`A buffer of ${label}`, bytes);
    }
  }

  async #growShared(arenaElements: number, partialElements: number): Promise<void> {
    const old = this.#shared;
    const grow = async (what: string, buffer: GPUBuffer | undefined, elements: number) => {
      if (buffer && buffer.size >= elements * BYTES) return buffer;
      // Freed first: both need not fit at once. Work in flight keeps its memory until it is done.
      if (buffer) this.#memory.free(buffer);
      return this.#memory.storage(what, elements);
    };
    const arena = await grow('The activations', old?.arena, arenaElements);
    const partials = await grow('The partial sums', old?.partials, partialElements);
    if (arena === old?.arena && partials === old.partials) return;
    this.#shared = { arena, partials, version: (old?.version ?? 0) + 1 };
  }
}

function sizesOf(dispatches: readonly Dispatch[]): Int32Array<ArrayBuffer> {
  const stride = SIZES_STRIDE_BYTES / Int32Array.BYTES_PER_ELEMENT;
  const all = new Int32Array(dispatches.length * stride);
  for (const [index, { sizes }] of dispatches.entries()) all.set(sizes, index * stride);
  return all;
}
