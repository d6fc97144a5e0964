import type { Preparation } from '../../../core/run/events';
import type { PlanTuning } from '../../../core/run/plan-view';
import type {
  KernelBackend,
  LoadedPlan,
  LoadOptions,
  ParameterMemory,
  RunCost,
} from '../../step-plan/backend';
import type { BufferId } from '../../step-plan/calls/call';
import type { KernelCall, KernelKind } from '../../step-plan/operations';
import {
  ALIGNMENT_WORDS,
  type ParameterLayout,
  type StepPlan,
  type UnplacedPlan,
} from '../../step-plan/plan';
import { bytesOf, type Dispatch, isArena, SCALAR_VECTORS } from '../wgsl/shader';
import { HARDWARE_TUNING, type ProductVariant, SOFTWARE_TUNING, type Tuning } from '../wgsl/tuning';
import { compactableBuffers } from './compactable';
import { describeAdapter, isSoftwareAdapter, requestWebGpuDevice } from './device';
import { DeviceFaults, outOfMemory } from './faults';
import { InputRing } from './input-ring';
import { asWebGpuParameters, WebGpuMemory, WebGpuParameters } from './memory';
import { OutputRing } from './output-ring';
import { WebGpuPipelines } from './pipelines';
import { type ReadyDispatch, WebGpuPlan } from './plan';
import { productShapes, tuneProducts } from './product-tuner';
import { recordCalls } from './recorder';
import { RunClock } from './run-clock';
import { SharedBuffers } from './shared-buffers';
import { adapterKey, readTuned, type TunedProducts, type TuningMemory } from './tuned-products';
import { WGSL_KERNELS } from './wgsl-kernels';

const BYTES = Float32Array.BYTES_PER_ELEMENT;

/** A second or two, once an adapter. */
const TUNE_BUDGET_MS = 2000;

/** What WebGPU asks of the offset of a uniform binding; more than the sizes of any dispatch. */
const SIZES_STRIDE_BYTES = 256;

export interface WebGpuBackendOptions {
  /** Default: one of the backend's own. One passed in stays the caller's to destroy. */
  readonly device?: GPUDevice;
  /** Default: by the kind of adapter. */
  readonly tuning?: Tuning;
  /** Storage buffers a shader may use; default: the device's limit. */
  readonly maxStorageBuffers?: number;
  /** Of each of the buffers that activations lie in; default: the device's limit. */
  readonly maxArenaBufferBytes?: number;
  /** Time that all loads together may spend on measuring; default: 2 s on a graphics processor, none in software. */
  readonly tuneBudgetMs?: number;
  /** What was measured on an earlier visit; default: nothing is kept. */
  readonly tuningMemory?: TuningMemory;
  /** What is measured with; default: timestamps where the device has them. */
  readonly clock?: RunClock['kind'];
}

export interface WebGpuBackend extends KernelBackend {
  readonly device: GPUDevice;
  /** Resolves once the device is lost; whoever runs a training makes a new backend then. */
  readonly lost: Promise<GPUDeviceLostInfo>;
  /** What was measured so far, on this visit or an earlier one. */
  readonly tuned: TunedProducts;
  /** Exact, whatever the adapter; nothing is loaded for it. */
  costOf(plan: StepPlan): RunCost;
}

/** Fused WGSL kernels on a GPU. @throws ThawError `backend-unavailable` */
export async function createWebGpuBackend(options: WebGpuBackendOptions = {}): Promise<WebGpuBackend> {
  const { device, info } = options.device
    ? { device: options.device, info: options.device.adapterInfo }
    : await requestWebGpuDevice();
  const adapter = adapterKey(info);
  const kept = await options.tuningMemory?.recall(adapter).catch(() => null);
  return new Backend(device, info, options, readTuned(kept, adapter));
}

/** By adapter, as long as the page lives: a new device of the same adapter need not measure again. */
const measured = new Map<string, ReadonlyMap<string, ProductVariant>>();

class Backend implements WebGpuBackend {
  readonly name = 'webgpu';
  readonly inPlace = 'allowed';
  readonly execution = 'queued';
  readonly kernels: ReadonlySet<KernelKind> = new Set(Object.keys(WGSL_KERNELS) as KernelKind[]);
  readonly device: GPUDevice;
  readonly lost: Promise<GPUDeviceLostInfo>;
  readonly description: string;
  readonly segmentWords: number;
  readonly #adapter: string;
  readonly #isOwnDevice: boolean;
  readonly #options: WebGpuBackendOptions;
  readonly #clock: RunClock;
  readonly #remembered: ReadonlyMap<string, ProductVariant>;
  #tuneLeftMs: number;
  readonly #faults: DeviceFaults;
  readonly #memory: WebGpuMemory;
  readonly #pipelines: WebGpuPipelines;
  #tuning: Tuning;
  readonly #shared: SharedBuffers;

  constructor(
    device: GPUDevice,
    info: GPUAdapterInfo,
    options: WebGpuBackendOptions,
    remembered: ReadonlyMap<string, ProductVariant>,
  ) {
    const isSoftware = isSoftwareAdapter(info);
    this.device = device;
    this.lost = device.lost;
    this.#adapter = adapterKey(info);
    this.description = `WGSL kernels on ${describeAdapter(info)}`;
    const { maxArenaBufferBytes = device.limits.maxBufferSize } = options;
    this.segmentWords = Math.floor(maxArenaBufferBytes / BYTES / ALIGNMENT_WORDS) * ALIGNMENT_WORDS;
    this.#isOwnDevice = options.device === undefined;
    this.#options = options;
    this.#tuneLeftMs = options.tuneBudgetMs ?? (isSoftware ? 0 : TUNE_BUDGET_MS);
    this.#remembered = remembered;
    const tuning = options.tuning ?? (isSoftware ? SOFTWARE_TUNING : HARDWARE_TUNING);
    const known = options.tuning ? [] : (measured.get(this.#adapter) ?? []);
    this.#tuning = { ...tuning, products: new Map([...tuning.products, ...known, ...remembered]) };
    this.#faults = new DeviceFaults(device);
    this.#memory = new WebGpuMemory(device, this.#faults);
    this.#shared = new SharedBuffers(this.#memory);
    this.#pipelines = new WebGpuPipelines(device, this.#faults);
    this.#clock = new RunClock(this.#memory, options.clock);
  }

  get tuned(): TunedProducts {
    return { adapter: this.#adapter, products: Object.fromEntries(this.#tuning.products) };
  }

  /** Partial sums have a buffer of their own, which lives longer than a call. */
  scratchElements(): number {
    return 0;
  }

  compactable(plan: UnplacedPlan): ReadonlySet<BufferId> {
    return compactableBuffers(plan, this.#tuning);
  }

  allocateParameters(layout: ParameterLayout): Promise<ParameterMemory> {
    return WebGpuParameters.create(this.#memory, layout);
  }

  async load(
    plan: StepPlan,
    parameters: ParameterMemory,
    { onPreparing = () => {}, measuring = 'allowed' }: LoadOptions = {},
  ): Promise<LoadedPlan> {
    const own = asWebGpuParameters(parameters);
    const isTuned = plan.purpose === 'training' && measuring === 'allowed' && this.#tuneLeftMs > 0;
    if (isTuned) await this.#tune(plan, own, onPreparing);
    return this.#load(plan, own, this.#tuning, onPreparing);
  }

  costOf(plan: StepPlan): RunCost {
    return this.#costOf(plan, this.#record(plan, plan.calls, this.#tuning).dispatches);
  }

  heldBytes(): number {
    return this.#memory.heldBytes;
  }

  heldBuffers(): number {
    return this.#memory.heldBuffers;
  }

  dispose(): void {
    this.#clock.dispose();
    this.#faults.dispose();
    this.#memory.freeAll();
    if (this.#isOwnDevice) this.device.destroy();
  }

  async #load(
    plan: StepPlan,
    parameters: WebGpuParameters,
    tuning: Tuning,
    onPreparing: (preparation: Preparation) => void = () => {},
  ): Promise<WebGpuPlan> {
    const calls = this.#record(plan, plan.calls, tuning);
    const prepare = this.#record(plan, plan.prepare, tuning);
    const all = [...calls.dispatches, ...prepare.dispatches];
    this.#checkBindings(all);
    const partialElements = Math.max(calls.partialElements, prepare.partialElements);
    await this.#shared.grow(plan.segments, partialElements);
    const compiled = await this.#pipelines.compile(all, (done, total) =>
      onPreparing({ work: 'compiling', done, total }),
    );
    return this.#memory.inPart(async (memory) => {
      const ready: ReadyDispatch[] = [];
      for (const [index, dispatch] of all.entries()) {
        const table = dispatch.table && (await memory.table(dispatch.label, dispatch.table));
        ready.push({ dispatch, compiled: compiled[index]!, sizesOffset: index * SIZES_STRIDE_BYTES, table });
      }
      const sizes = await memory.uniforms('The sizes of a plan', all.length * SIZES_STRIDE_BYTES);
      this.device.queue.writeBuffer(sizes, 0, sizesOf(all));
      const inputs = new InputRing(memory, plan, SCALAR_VECTORS * 4);
      await inputs.allocate();
      const outputs = new OutputRing(memory, plan);
      await outputs.allocate();
      const loaded = new WebGpuPlan({
        plan,
        memory,
        parameters,
        shared: this.#shared,
        partialElements,
        prepared: await memory.storage('The prepared weights', plan.preparedElements),
        scalars: await memory.uniforms('The numbers of a step', SCALAR_VECTORS * 4 * BYTES),
        sizes,
        calls: ready.slice(0, calls.dispatches.length),
        prepare: ready.slice(calls.dispatches.length),
        inputs,
        outputs,
        cost: this.#costOf(plan, calls.dispatches),
      });
      await this.#faults.guard('Binding the buffers of a plan', () => loaded.record());
      return loaded;
    });
  }

  async #tune(
    plan: StepPlan,
    parameters: WebGpuParameters,
    onPreparing: (preparation: Preparation) => void,
  ): Promise<void> {
    const startMs = performance.now();
    const trial = {
      prepare: async (alone: StepPlan, tunings: readonly Tuning[]) => {
        const dispatches = tunings.flatMap((tuning) => this.#record(alone, alone.calls, tuning).dispatches);
        await Promise.allSettled(dispatches.map((dispatch) => this.#pipelines.compile([dispatch])));
      },
      time: async (alone: StepPlan, tuning: Tuning) => {
        const loaded = await this.#load(alone, parameters, tuning);
        try {
          return await this.#clock.msOf(loaded);
        } finally {
          loaded.dispose();
        }
      },
    };
    const found = await tuneProducts(plan, this.#tuning, this.#tuneLeftMs, trial, (done, total) =>
      onPreparing({ work: 'measuring', done, total }),
    );
    this.#tuneLeftMs -= performance.now() - startMs;
    if (found.size === 0) return;
    this.#tuning = { ...this.#tuning, products: new Map([...this.#tuning.products, ...found]) };
    if (!this.#options.tuning) measured.set(this.#adapter, this.#tuning.products);
    await this.#options.tuningMemory?.keep(this.tuned).catch(() => undefined);
  }

  #costOf(plan: StepPlan, dispatches: readonly Dispatch[]): RunCost {
    return {
      dispatches: dispatches.length,
      trafficBytes: dispatches.reduce((sum, dispatch) => sum + dispatch.trafficBytes, 0),
      tuning: this.#tuningOf(plan),
    };
  }

  #tuningOf(plan: StepPlan): PlanTuning | null {
    const keys = [...productShapes(plan).keys()];
    const tuned = keys.filter((key) => this.#tuning.products.has(key));
    if (tuned.length === 0) return null;
    const remembered = tuned.filter((key) => this.#remembered.has(key)).length;
    return { shapes: keys.length, measured: tuned.length - remembered, remembered };
  }

  #record(plan: StepPlan, calls: readonly KernelCall[], tuning: Tuning) {
    const { maxStorageBuffers = this.device.limits.maxStorageBuffersPerShaderStage } = this.#options;
    return recordCalls(plan, calls, { tuning, maxStorageBuffers });
  }

  #checkBindings(dispatches: readonly Dispatch[]): void {
    const most = this.device.limits.maxStorageBufferBindingSize;
    const mostOfArena = Math.min(most, this.segmentWords * BYTES);
    for (const { label, bindings } of dispatches) {
      for (const { range } of bindings) {
        const bytes = bytesOf(range);
        if (bytes > (isArena(range.space) ? mostOfArena : most)) {
          throw outOfMemory(`A buffer of ${label}`, bytes);
        }
      }
    }
  }
}

function sizesOf(dispatches: readonly Dispatch[]): Int32Array<ArrayBuffer> {
  const stride = SIZES_STRIDE_BYTES / Int32Array.BYTES_PER_ELEMENT;
  const all = new Int32Array(dispatches.length * stride);
  for (const [index, { sizes }] of dispatches.entries()) all.set(sizes, index * stride);
  return all;
}
