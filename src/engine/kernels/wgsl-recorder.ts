import { idsOf } from '../step-plan/call-buffers';
import type { BufferId } from '../step-plan/calls/call';
import type { CallOf, KernelCall, KernelKind } from '../step-plan/operations';
import { aligned, type StepPlan } from '../step-plan/plan';
import { statisticsThenApply } from './batch-norm/wgsl-apply';
import { parameterThenInputGradient } from './batch-norm/wgsl-gradient';
import type { WgslBuilder, WgslContext } from './wgsl-context';
import { WGSL_KERNELS } from './wgsl-kernels';
import { type Dispatch, type Range, WgslShader } from './wgsl-shader';
import { type SplitSum, sumDispatch } from './wgsl-split-sums';
import type { Tuning } from './wgsl-tuning';

export interface Recording {
  readonly dispatches: readonly Dispatch[];
  /** Room for partial sums. */
  readonly partialElements: number;
}

export interface RecorderOptions {
  readonly tuning: Tuning;
  readonly maxStorageBuffers: number;
}

/** Parts of gradients wait for the one dispatch that adds them up, unless they grow beyond this: 64 MB. */
const MOST_WAITING_ELEMENTS = 2 ** 24;

/** Storage buffers that a pair of calls in one dispatch may need. */
const PAIR_BINDINGS = 10;

/**
 * Turns calls into dispatches: pure, so that a plan's dispatches and bytes are known without a GPU.
 * Neighbouring calls that share a sum over rows become one pair of dispatches instead of three or four.
 */
export function recordCalls(
  plan: StepPlan,
  calls: readonly KernelCall[],
  options: RecorderOptions,
): Recording {
  const recorder = new Recorder(plan, options);
  for (let index = 0; index < calls.length; index += 1) {
    const call = calls[index]!;
    recorder.flushIfRead(call);
    if (options.maxStorageBuffers >= PAIR_BINDINGS && recorder.buildPair(call, calls[index + 1])) index += 1;
    else recorder.build(call);
  }
  recorder.flush();
  return { dispatches: recorder.dispatches, partialElements: recorder.partialElements };
}

class Recorder implements WgslContext {
  readonly dispatches: Dispatch[] = [];
  readonly tuning: Tuning;
  readonly #plan: StepPlan;
  readonly #maxStorageBuffers: number;
  /** Gradients of variables whose parts wait to be added up. */
  #waiting: SplitSum[] = [];
  /** Results of the call being built that must be added up at once. */
  #atOnce: SplitSum[] = [];
  #waitingElements = 0;
  #usedElements = 0;
  partialElements = 0;

  constructor(plan: StepPlan, { tuning, maxStorageBuffers }: RecorderOptions) {
    this.#plan = plan;
    this.tuning = tuning;
    this.#maxStorageBuffers = maxStorageBuffers;
  }

  build<K extends KernelKind>(call: KernelCall & { kind: K }): void {
    const builder = WGSL_KERNELS[call.kind] as WgslBuilder<CallOf<K>>;
    builder(call as KernelCall as CallOf<K>, this);
    this.#endCall();
  }

  /** @returns whether both calls were built */
  buildPair(call: KernelCall, next: KernelCall | undefined): boolean {
    if (
      call.kind === 'batchNormStatistics' &&
      next?.kind === 'batchNormApply' &&
      next.inputs.mean === call.outputs.mean &&
      next.inputs.input === call.inputs.input
    ) {
      if (!statisticsThenApply(call, next, this)) return false;
    } else if (
      call.kind === 'batchNormParameterGradient' &&
      next?.kind === 'batchNormInputGradient' &&
      next.inputs.gammaGradient === call.outputs.gammaGradient
    ) {
      if (!parameterThenInputGradient(call, next, this)) return false;
    } else {
      return false;
    }
    this.#endCall();
    return true;
  }

  /** Adds up what waits if the call reads a result. */
  flushIfRead(call: KernelCall): void {
    const read = [...idsOf(call.inputs), ...idsOf(call.outputs)].map((id) => this.range(id));
    const isRead = this.#waiting.some(({ target }) => read.some((range) => overlap(range, target)));
    if (isRead || this.#waitingElements > MOST_WAITING_ELEMENTS) this.flush();
  }

  flush(): void {
    if (this.#waiting.length === 0) return;
    this.#addSums('gradients', this.#waiting);
    this.#waiting = [];
    this.#waitingElements = 0;
    this.#usedElements = 0;
  }

  shader(call: Pick<KernelCall, 'kind' | 'layer'>, pass?: string): WgslShader {
    const label = `${call.kind}${pass ? ` (${pass})` : ''} of ${call.layer}`;
    return new WgslShader(label, this.#maxStorageBuffers);
  }

  range(buffer: BufferId): Range {
    const { region, offset, elements } = this.#plan.buffers[buffer]!;
    return { space: region, offset, elements };
  }

  add(dispatch: Dispatch): void {
    this.dispatches.push(dispatch);
  }

  scratch(elements: number): Range {
    const range: Range = { space: 'partials', offset: this.#usedElements, elements };
    this.#usedElements += aligned(elements);
    this.partialElements = Math.max(this.partialElements, this.#usedElements);
    return range;
  }

  split(target: Range, splits: number): { readonly parts: Range; readonly stride: number } {
    const stride = aligned(target.elements);
    if (splits === 1) return { parts: target, stride };
    const parts = this.scratch(splits * stride);
    const sum: SplitSum = { target, parts, splits, stride };
    if (target.space === 'gradients') {
      this.#waiting.push(sum);
      this.#waitingElements = this.#usedElements;
    } else {
      this.#atOnce.push(sum);
    }
    return { parts, stride };
  }

  #endCall(): void {
    if (this.#atOnce.length > 0) this.#addSums('results', this.#atOnce);
    this.#atOnce = [];
    this.#usedElements = this.#waitingElements;
  }

  #addSums(what: string, sums: readonly SplitSum[]): void {
    this.add(sumDispatch(this.shader({ kind: 'sumRows', layer: what }, 'parts'), sums));
  }
}

function overlap(a: Range, b: Range): boolean {
  return a.space === b.space && a.offset < b.offset + b.elements && b.offset < a.offset + a.elements;
}
