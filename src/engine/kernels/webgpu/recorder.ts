import { idsOf } from '../../step-plan/call-buffers';
import type { BufferId } from '../../step-plan/calls/call';
import type { CallOf, KernelCall, KernelKind } from '../../step-plan/operations';
import { aligned, type StepPlan, wordsOf } from '../../step-plan/plan';
import { statisticsThenApply } from '../batch-norm/wgsl-apply';
import { gradientSums, parameterThenInputGradient } from '../batch-norm/wgsl-gradient';
import { statisticsSums } from '../batch-norm/wgsl-statistics';
import { depthwiseConv2d, depthwiseConv2dInputGradient } from '../convolution/wgsl-depthwise';
import { depthwiseConv2dFilterGradient } from '../convolution/wgsl-depthwise-filter-gradient';
import { conv2dFilterGradient } from '../convolution/wgsl-filter-gradient';
import { conv2d } from '../convolution/wgsl-forward';
import { conv2dInputGradient } from '../convolution/wgsl-input-gradient';
import { foldsTogether, foldTogether } from '../fold-batch-norm/wgsl';
import type { WgslBuilder, WgslContext } from '../wgsl/context';
import type { RowSums, SumParts } from '../wgsl/row-sums';
import { type Dispatch, type Range, rangeOf, WgslShader } from '../wgsl/shader';
import { type SplitSum, sumDispatch } from '../wgsl/split-sums';
import type { Tuning } from '../wgsl/tuning';
import { WGSL_KERNELS } from './wgsl-kernels';

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
 * Neighbouring calls that share a sum over rows become one pair of dispatches instead of three or four, or two
 * dispatches for three calls where the first of them makes what is summed up.
 */
export function recordCalls(
  plan: StepPlan,
  calls: readonly KernelCall[],
  options: RecorderOptions,
): Recording {
  const recorder = new Recorder(plan, options);
  for (let index = 0; index < calls.length; ) {
    index += recorder.record(calls, index);
  }
  recorder.flush();
  return { dispatches: recorder.dispatches, partialElements: recorder.partialElements };
}

/** As 16 bits need it: two halves share a word, which two threads must not write. */
export function inVectors(tuning: Tuning): Tuning {
  return { ...tuning, depthwise: 'vectors' };
}

class Recorder implements WgslContext {
  readonly dispatches: Dispatch[] = [];
  readonly tuning: Tuning;
  readonly #plan: StepPlan;
  readonly #maxStorageBuffers: number;
  /** Whether calls may be put together. */
  readonly #isWide: boolean;
  /** Sums over rows that the last call took along for this one. */
  #taken: SumParts | null = null;
  /** Gradients of variables whose parts wait to be added up. */
  #waiting: SplitSum[] = [];
  /** Results of the call being built that must be added up at once. */
  #atOnce: SplitSum[] = [];
  #waitingElements = 0;
  #usedElements = 0;
  partialElements = 0;

  constructor(plan: StepPlan, { tuning, maxStorageBuffers }: RecorderOptions) {
    this.#plan = plan;
    this.tuning = plan.buffers.some(({ format }) => format !== 'float32') ? inVectors(tuning) : tuning;
    this.#maxStorageBuffers = maxStorageBuffers;
    this.#isWide = maxStorageBuffers >= PAIR_BINDINGS;
  }

  /** @returns how many calls were recorded, from `index`: more than one where they have a dispatch in common */
  record(calls: readonly KernelCall[], index: number): number {
    const call = calls[index]!;
    const next = calls[index + 1];
    const taken = this.#taken;
    this.#taken = null;
    if (!taken) this.#flushIfRead(call);
    if (call.kind === 'foldBatchNorm' && next?.kind === call.kind) return this.#recordFolds(calls, index);
    if (this.#isWide && next && this.#recordWithSums(call, next)) return 1;
    const count = this.#isWide && next && this.#recordPair(call, next, taken) ? 2 : 1;
    if (count === 1) this.#recordAlone(call, taken);
    this.#endCall();
    return count;
  }

  #recordFolds(calls: readonly KernelCall[], index: number): number {
    const folds: CallOf<'foldBatchNorm'>[] = [];
    for (let call = calls[index]; call?.kind === 'foldBatchNorm'; call = calls[index + folds.length]) {
      folds.push(call);
    }
    const count = foldsTogether(folds, this);
    if (count > 1) foldTogether(folds.slice(0, count), this);
    else this.#recordAlone(folds[0]!, null);
    return count;
  }

  #recordAlone<K extends KernelKind>(call: KernelCall & { kind: K }, taken: SumParts | null): void {
    const builder = WGSL_KERNELS[call.kind] as WgslBuilder<CallOf<K>, SumParts | null>;
    builder(call as KernelCall as CallOf<K>, this, taken);
  }

  /**
   * A kernel that makes what the next call sums up over its rows takes those sums along.
   * @returns whether the call was recorded
   */
  #recordWithSums(call: KernelCall, next: KernelCall): boolean {
    if (this.#isAwaited(next)) return false;
    switch (call.kind) {
      case 'conv2d':
        return this.#take(sumsOfOutput(call, next), (sums) => conv2d(call, this, sums));
      case 'depthwiseConv2d':
        return this.#take(sumsOfOutput(call, next), (sums) => depthwiseConv2d(call, this, sums));
      case 'conv2dInputGradient':
        return this.#take(sumsOfGradient(call, next), (sums) =>
          conv2dInputGradient(call, this, { sums, gate: null }),
        );
      case 'depthwiseConv2dInputGradient':
        return this.#take(sumsOfGradient(call, next), (sums) =>
          depthwiseConv2dInputGradient(call, this, { sums, gate: null }),
        );
      default:
        return false;
    }
  }

  #take(sums: RowSums | null, record: (sums: RowSums) => SumParts | null): boolean {
    if (!sums) return false;
    this.#taken = record(sums);
    // The parts stay until the next call has been recorded.
    if (!this.#taken) this.#endCall();
    return true;
  }

  /** @returns whether both calls were recorded */
  #recordPair(call: KernelCall, next: KernelCall, taken: SumParts | null): boolean {
    switch (next.kind) {
      case 'activationGradient':
        return this.#recordGated(call, next);
      case 'unfoldGradient':
        return this.#recordUnfolded(call, next);
      default:
        return this.#recordNormaliser(call, next, taken);
    }
  }

  /** An input's gradient goes through the activation before it is stored. */
  #recordGated(call: KernelCall, gate: CallOf<'activationGradient'>): boolean {
    const isGradient = call.kind === 'conv2dInputGradient' || call.kind === 'depthwiseConv2dInputGradient';
    if (!isGradient || gate.inputs.outputGradient !== call.outputs.inputGradient) return false;
    // In one place: so nobody reads the gradient as it was, and nothing that the first call reads lies there.
    const [from, to] = [this.range(call.outputs.inputGradient), this.range(gate.outputs.inputGradient)];
    if (gate.activation === 'softmax' || from.space !== to.space || from.offset !== to.offset) return false;
    if (call.kind === 'conv2dInputGradient') conv2dInputGradient(call, this, { sums: null, gate });
    else depthwiseConv2dInputGradient(call, this, { sums: null, gate });
    return true;
  }

  /** The gradient of a folded filter, which nobody else reads, is that of the filter from the start. */
  #recordUnfolded(call: KernelCall, unfold: CallOf<'unfoldGradient'>): boolean {
    const isGradient = call.kind === 'conv2dFilterGradient' || call.kind === 'depthwiseConv2dFilterGradient';
    if (!isGradient || unfold.inputs.foldedGradient !== call.outputs.filterGradient) return false;
    if (call.kind === 'conv2dFilterGradient') conv2dFilterGradient(call, this, unfold);
    else depthwiseConv2dFilterGradient(call, this, unfold);
    return true;
  }

  #recordNormaliser(call: KernelCall, next: KernelCall, taken: SumParts | null): boolean {
    if (
      call.kind === 'batchNormStatistics' &&
      next.kind === 'batchNormApply' &&
      next.inputs.mean === call.outputs.mean &&
      next.inputs.input === call.inputs.input
    ) {
      return statisticsThenApply(call, next, this, taken);
    }
    return (
      call.kind === 'batchNormParameterGradient' &&
      next.kind === 'batchNormInputGradient' &&
      next.inputs.gammaGradient === call.outputs.gammaGradient &&
      parameterThenInputGradient(call, next, this, taken)
    );
  }

  /** Whether the call reads or writes a sum whose parts wait. */
  #isAwaited(call: KernelCall): boolean {
    const touched = [...idsOf(call.inputs), ...idsOf(call.outputs)].map((id) => this.range(id));
    return this.#waiting.some(({ target }) => touched.some((range) => overlap(range, target)));
  }

  #flushIfRead(call: KernelCall): void {
    if (this.#isAwaited(call) || this.#waitingElements > MOST_WAITING_ELEMENTS) this.flush();
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
    return rangeOf(this.#plan, buffer);
  }

  add(dispatch: Dispatch): void {
    this.dispatches.push(dispatch);
  }

  scratch(elements: number): Range {
    const range: Range = { space: 'partials', offset: this.#usedElements, elements, format: 'float32' };
    this.#usedElements += aligned(elements);
    this.partialElements = Math.max(this.partialElements, this.#usedElements);
    return range;
  }

  split(target: Range, splits: number): { readonly parts: Range; readonly stride: number } {
    if (target.format !== 'float32') throw new RangeError('Sums in parts are float32.');
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
    // One binding reaches from the first result to the last, so they must lie in one segment of the arena.
    for (const space of new Set(sums.map(({ target }) => target.space))) {
      const ofSpace = sums.filter(({ target }) => target.space === space);
      this.add(sumDispatch(this.shader({ kind: 'sumRows', layer: what }, 'parts'), ofSpace));
    }
  }
}

function sumsOfOutput({ outputs }: CallOf<'conv2d' | 'depthwiseConv2d'>, next: KernelCall): RowSums | null {
  return next.kind === 'batchNormStatistics' && next.inputs.input === outputs.output
    ? statisticsSums()
    : null;
}

function sumsOfGradient(
  { outputs }: CallOf<'conv2dInputGradient' | 'depthwiseConv2dInputGradient'>,
  next: KernelCall,
): RowSums | null {
  return next.kind === 'batchNormParameterGradient' && next.inputs.outputGradient === outputs.inputGradient
    ? gradientSums(next)
    : null;
}

function overlap(a: Range, b: Range): boolean {
  return a.space === b.space && a.offset < b.offset + wordsOf(b) && b.offset < a.offset + wordsOf(a);
}
