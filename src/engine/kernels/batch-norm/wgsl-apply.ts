import type { BatchNormApplyCall, BatchNormStatisticsCall } from '../../step-plan/calls/normalisation';
import { activateFunction } from '../activation/wgsl';
import { optionalRange, type WgslContext } from '../wgsl/context';
import { EACH_ALONE } from '../wgsl/parts-reader';
import { PARTS_READ_INLINE, planRowReduction } from '../wgsl/row-reduction';
import type { SumParts } from '../wgsl/row-sums';
import { float, type Lanes, lanesFor, type WgslShader } from '../wgsl/shader';
import { combineStatistics, statisticsParts } from './wgsl-statistics';

/** Declares the affine part as `scale` and `shift` of channel c; `mean`, `variance` must stand. */
export function affineOf(
  inputs: BatchNormApplyCall['inputs'] | Omit<BatchNormApplyCall['inputs'], 'residual'>,
  epsilon: number,
  context: WgslContext,
  shader: WgslShader,
  lanes: Lanes,
): string {
  const gammaRange = optionalRange(context, inputs.gamma);
  const betaRange = optionalRange(context, inputs.beta);
  const gamma = gammaRange ? `${shader.reads('gamma', gammaRange, lanes)}[c] * ` : '';
  const beta = betaRange ? `${shader.reads('beta', betaRange, lanes)}[c] ` : '';
  return `let inverse = inverseSqrt(variance + ${float(epsilon)});
let scale = ${gamma}inverse;
let shift = ${beta}- mean * scale;`;
}

/** Declares `mean` and `variance` of channel c as they are kept. */
export function readStatistics(
  inputs: { readonly mean: number; readonly variance: number },
  context: WgslContext,
  shader: WgslShader,
  lanes: Lanes,
): string {
  const mean = shader.reads('means', context.range(inputs.mean), lanes);
  const variance = shader.reads('variances', context.range(inputs.variance), lanes);
  return `let mean = ${mean}[c];\nlet variance = ${variance}[c];`;
}

/**
 * Splits [rows, width] between threads by channel and runs of rows, so that what is a channel's is worked out
 * once a run. Emulated threads are few and their runs long; a GPU's are many, with neighbours side by side.
 */
export function alongRows(context: WgslContext, shader: WgslShader, rows: number, width: number) {
  const { threads, workgroupMemory } = context.tuning;
  const wanted = Math.ceil((workgroupMemory === 'avoided' ? threads / 4 : threads * 4) / width);
  const runs = Math.min(rows, wanted);
  const run = Math.ceil(rows / runs);
  shader.sizes('u32', { rows, width, run });
  return {
    threads: Math.ceil(rows / run) * width,
    workgroupSize: workgroupMemory === 'avoided' ? 16 : 64,
    start: 'let c = i % width;\nlet begin = i / width * run;',
    loop: (statements: string) =>
      `for (var row = begin; row < min(begin + run, rows); row++) {\nlet at = row * width + c;\n${statements}\n}`,
  };
}

export function batchNormApply(call: BatchNormApplyCall, context: WgslContext): void {
  const lanes = lanesFor(call.channels);
  const shader = context.shader(call);
  apply(call, context, shader, lanes, readStatistics(call.inputs, context, shader, lanes), '');
}

/**
 * Statistics and what normalises with them, in two dispatches: every thread adds up its channel's parts.
 * @param taken the parts, where the kernel that made the input took them along
 * @returns false where there are too many parts for that
 */
export function statisticsThenApply(
  statistics: BatchNormStatisticsCall,
  call: BatchNormApplyCall,
  context: WgslContext,
  taken: SumParts | null,
): boolean {
  const lanes = lanesFor(call.channels);
  const { rows, channels } = call;
  const { parts } = taken?.reduction ?? planRowReduction(context, { rows, channels, lanes, sums: 2 });
  if (parts > PARTS_READ_INLINE) return false;
  const done = taken ?? statisticsParts(statistics, context);
  const shader = context.shader(call);
  const { combine, keep } = combineStatistics(statistics, context, shader, done, EACH_ALONE);
  apply(call, context, shader, lanes, combine, `if (begin == 0u) {\n${keep}\n}`);
  return true;
}

function apply(
  call: BatchNormApplyCall,
  context: WgslContext,
  shader: WgslShader,
  lanes: Lanes,
  statistics: string,
  keep: string,
): void {
  const { rows, channels, epsilon } = call;
  const affine = affineOf(call.inputs, epsilon, context, shader, lanes);
  const x = shader.reads('x', context.range(call.inputs.input), lanes);
  const residualRange = optionalRange(context, call.inputs.residual);
  const residual = residualRange ? ` + ${shader.reads('residual', residualRange, lanes)}[at]` : '';
  const y = shader.writes('y', context.range(call.outputs.output), lanes);
  const { start, loop, ...threads } = alongRows(context, shader, rows, channels / lanes);
  const body = `${start}
${statistics}
${affine}
${keep}
${loop(`${y}[at] = activate(${x}[at] * scale + shift${residual});`)}`;
  const declarations = activateFunction(call.activation, lanes);
  context.add(shader.finish({ ...threads, declarations, body }));
}
