import type { CallOf, KernelCall } from '../step-plan/operations';
import { batchNormStatisticsSteps } from './batch-norm/wasm-steps';
import { convolutionSteps, momentRows } from './convolution/wasm-steps';
import type { StepRecorder } from './wasm-program';

/** A convolution and the statistics of what it makes: taken while that is in the cache, chunk by chunk. */
export interface FusedMoments {
  readonly convolution: CallOf<'conv2d' | 'depthwiseConv2d'>;
  readonly statistics: CallOf<'batchNormStatistics'>;
  /** Rows a chunk. */
  readonly rows: number;
  /** A mean and a sum of squares for each channel and chunk. */
  readonly elements: number;
}

/** @returns null where `next` is not the statistics of what `call` makes */
export function fusedMoments(call: KernelCall, next: KernelCall | undefined): FusedMoments | null {
  if (next?.kind !== 'batchNormStatistics') return null;
  if (call.kind !== 'conv2d' && call.kind !== 'depthwiseConv2d') return null;
  if (next.inputs.input !== call.outputs.output) return null;
  const rows = momentRows(call);
  const elements = 2 * Math.ceil(next.rows / rows) * next.channels;
  return { convolution: call, statistics: next, rows, elements };
}

/** @param moments address of `elements` elements that live through both calls */
export function recordFused(
  { convolution, statistics, rows }: FusedMoments,
  moments: number,
  toConvolution: StepRecorder,
  toStatistics: StepRecorder,
): void {
  convolutionSteps(convolution, toConvolution, moments);
  batchNormStatisticsSteps(statistics, toStatistics, { moments, rows });
}
