import type { BackendName } from '../../core/api';
import type { Preparation } from '../../core/run/events';
import type { PlanTuning } from '../../core/run/plan-view';
import type { BufferId } from './calls/call';
import type { KernelCall, KernelKind } from './operations';
import type { ParameterLayout, StepPlan, UnplacedPlan } from './plan';

/** Numbers on their way in or out: float32 backends give Float32Array, the reference Float64Array. */
export type Numbers = Float32Array | Float64Array;

/** Runs that a `queued` backend may be told before the first one's results are taken; it keeps room for them and the next one. */
export const MOST_RUNS_IN_FLIGHT = 8;

export type ParameterRegion = 'weights' | 'gradients' | 'slot0' | 'slot1';

/** What the memory pass has to know of a backend to lay a plan out for it. */
export interface BackendTraits {
  /** Whether a kernel's output may be the very buffer of the input that `inPlacePairs` names. */
  readonly inPlace: 'allowed' | 'forbidden';
  /** Words of the longest segment that the arena may have, a multiple of 64; `Infinity`: it needs no cut. */
  readonly segmentWords: number;
  /** Elements of scratch (packed filters, partial sums) a call wants; 0: none. */
  scratchElements(call: KernelCall): number;
  /** Which buffers its kernels can keep in the compact format that the plan allows them. */
  compactable(plan: UnplacedPlan): ReadonlySet<BufferId>;
}

/**
 * What runs step plans: a table of kernels and a way to hold buffers, of one float type.
 * One region of memory is one range of elements; a call's buffers are ranges in it, so that a backend can be one
 * linear memory with offsets (WASM) or one GPU buffer a region with binding offsets (WebGPU, where the arena may be
 * several).
 * Everything that can be decided once is decided in `load`: a run should be a short loop over
 * recorded calls that touches no objects.
 */
export interface KernelBackend extends BackendTraits {
  readonly name: BackendName;
  /** For people: `SIMD kernels on 2 threads`. */
  readonly description: string;
  readonly kernels: ReadonlySet<KernelKind>;
  /** `blocking`: `run` is the kernels themselves; `queued`: it tells a device, whose work `read` waits for. */
  readonly execution: 'blocking' | 'queued';
  /** Memory for the four parameter regions, zeroed. @throws ThawError `out-of-memory` */
  allocateParameters(layout: ParameterLayout): Promise<ParameterMemory>;
  /**
   * Makes a plan runnable: grows the arena that all loaded plans share, allocates its `prepared` region,
   * compiles, records. Parameters must outlive the plan.
   * @throws ThawError `out-of-memory`, `shader-invalid`
   */
  load(plan: StepPlan, parameters: ParameterMemory, options?: LoadOptions): Promise<LoadedPlan>;
  /** Bytes held now: parameters, prepared, arena. */
  heldBytes(): number;
  /** Buffers or allocations held now: flat over steps. */
  heldBuffers(): number;
  dispose(): void;
}

export interface LoadOptions {
  /** Hears how far compiling and measuring are. */
  readonly onPreparing?: (preparation: Preparation) => void;
  /** Whether kernels may be chosen by measurement first; not worth its time for a plan that runs a few times. Default: allowed. */
  readonly measuring?: 'allowed' | 'skipped';
}

export interface ParameterMemory {
  /** @param offset in elements */
  write(region: ParameterRegion, offset: number, values: Numbers): void;
  /** A copy. Resolves after every run that was started before. */
  read(region: ParameterRegion, offset: number, elements: number): Promise<Numbers>;
  dispose(): void;
}

/** What a run of a loaded plan costs, exactly. */
export interface RunCost {
  readonly dispatches: number;
  /** Bytes of every buffer that a dispatch reads or writes, summed over the dispatches. */
  readonly trafficBytes: number;
  /** Null where nothing is measured. */
  readonly tuning: PlanTuning | null;
}

/**
 * A plan ready to run. Order for one step: `write` the inputs, `run`, `read` the outputs. Plans share the
 * arena: what a run left there is gone once another plan is written to or run.
 */
export interface LoadedPlan {
  readonly plan: StepPlan;
  /** What a run costs, where the backend knows it better than the plan's calls do. */
  readonly cost?: RunCost;
  /** Fills an input buffer from its start. */
  write(buffer: BufferId, values: ArrayLike<number> & Iterable<number>): void;
  /** Runs the `prepare` calls; may overwrite the arena, so before `write`. */
  prepare(): Promise<void>;
  /** Runs the calls. @param scalars one for each of the plan's */
  run(scalars: readonly number[]): Promise<void>;
  /**
   * A copy of the first `elements` of a buffer (default: all of it), after the run. Of a training plan's outputs also
   * where another run begins before it resolves.
   */
  read(buffer: BufferId, elements?: number): Promise<Numbers>;
  dispose(): void;
}
