import type { CallOf } from '../../step-plan/operations';
import { optionalRange, type WgslContext } from '../wgsl-context';
import { float, lanesFor } from '../wgsl-shader';

export function foldBatchNorm(call: CallOf<'foldBatchNorm'>, context: WgslContext): void {
  const { rows, channels, epsilon } = call;
  const lanes = lanesFor(channels);
  const width = channels / lanes;
  const shader = context.shader(call);
  const optional = (name: string, buffer: number | null) => {
    const range = optionalRange(context, buffer);
    return range && `${shader.reads(name, range, lanes)}[c]`;
  };
  const filter = shader.reads('filterIn', context.range(call.inputs.filter), lanes);
  const mean = shader.reads('mean', context.range(call.inputs.mean), lanes);
  const variance = shader.reads('variance', context.range(call.inputs.variance), lanes);
  const gamma = optional('gamma', call.inputs.gamma) ?? '1.0';
  const beta = optional('beta', call.inputs.beta);
  const bias = optional('bias', call.inputs.bias);
  const folded = shader.writes('folded', context.range(call.outputs.foldedFilter), lanes);
  const foldedBias = shader.writes('foldedBias', context.range(call.outputs.foldedBias), lanes);
  const body = `let c = i % ${width}u;
let scale = ${gamma} * inverseSqrt(${variance}[c] + ${float(epsilon)});
${folded}[i] = ${filter}[i] * scale;
if (i < ${width}u) { ${foldedBias}[c] = ${beta ? `${beta} + ` : ''}(${bias ? `${bias} ` : ''}- ${mean}[c]) * scale; }`;
  context.add(shader.finish({ threads: rows * width, body }));
}

export function unfoldGradient(call: CallOf<'unfoldGradient'>, context: WgslContext): void {
  const { rows, channels, epsilon } = call;
  const lanes = lanesFor(channels);
  const width = channels / lanes;
  const shader = context.shader(call);
  const folded = shader.reads('folded', context.range(call.inputs.foldedGradient), lanes);
  const variance = shader.reads('variance', context.range(call.inputs.variance), lanes);
  const gammaRange = optionalRange(context, call.inputs.gamma);
  const gamma = gammaRange ? `${shader.reads('gamma', gammaRange, lanes)}[c] * ` : '';
  const gradient = shader.writes('gradient', context.range(call.outputs.gradient), lanes);
  const body = `let c = i % ${width}u;
${gradient}[i] = ${folded}[i] * ${gamma}inverseSqrt(${variance}[c] + ${float(epsilon)});`;
  context.add(shader.finish({ threads: rows * width, body }));
}
