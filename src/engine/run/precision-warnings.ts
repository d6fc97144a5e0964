import type { PrecisionName, Warning } from '../../core/options/train-config';
import { describeComparison } from '../../core/run/storage-view';
import type { Executor } from '../executor';

/** Said before the first step: what was asked for cannot act on this executor. */
export function idlePrecision(precision: PrecisionName, { kind, backend }: Executor): Warning | null {
  if (precision === '32-true' || (kind === 'plan' && backend === 'webgpu')) return null;
  const message =
    'The precision 16-mixed acts on the WebGPU kernels alone, and this run does not use them: it keeps everything in 32 bits.';
  return { code: 'option-ignored', message };
}

/** Said after a phase's first epoch: its first batch showed another step in 16 bits than in 32. */
export function refusedPrecision(precision: PrecisionName, executor: Executor): Warning | null {
  if (precision === '32-true') return null;
  const { format, comparison } = executor.planView()?.storage ?? { format: 'float32', comparison: null };
  if (format === 'half' || comparison === null) return null;
  const message = `The precision 16-mixed was not used: with 16 bits ${describeComparison(comparison)}. The run keeps everything in 32 bits.`;
  return { code: 'option-ignored', message };
}
