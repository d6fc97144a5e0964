import type { UnfoldGradientCall } from '../../step-plan/calls/normalisation';
import type { CallOf } from '../../step-plan/operations';
import type { WgslContext } from '../wgsl/context';
import { lanesFor, typeOf } from '../wgsl/shader';
import { indices, join } from '../wgsl/text';
import { splitsFor } from '../wgsl/tuning';
import { filterGradientTarget, unfoldFactor } from './wgsl-filter-end';

/**
 * A thread keeps one row of the filter for one channel (or four) and slides along rows of the output; the rows
 * are split between threads. Pixels shift through registers, so each is loaded once a filter row.
 */
export function depthwiseConv2dFilterGradient(
  call: CallOf<'depthwiseConv2dFilterGradient'>,
  context: WgslContext,
  unfold: UnfoldGradientCall | null = null,
): void {
  const g = call.geometry;
  if (g.inputChannels !== g.outputChannels || g.dilationWidth !== 1) {
    anyDepthwiseFilterGradient(call, context, unfold);
    return;
  }
  const { kernelHeight: kh, kernelWidth: kw, strideWidth: stride } = g;
  const lanes = lanesFor(g.outputChannels);
  const t = typeOf(lanes);
  const width = g.outputChannels / lanes;
  const rows = g.batch * g.outputHeight;
  const target = filterGradientTarget(call.outputs.filterGradient, unfold, context);
  const splits = Math.min(rows, splitsFor(context.tuning, rows * 8, width * kh, 128));
  const share = Math.ceil(rows / splits);
  const { parts, stride: partStride } = context.split(target, splits);
  const shader = context.shader(call);
  const x = shader.reads('x', context.range(call.inputs.input), lanes);
  const dy = shader.reads('dy', context.range(call.inputs.outputGradient), lanes);
  const dw = shader.writes('dw', parts, lanes);
  const factor = unfoldFactor(unfold, context, shader, lanes);
  const taps = indices(kw);
  const { inputHeight, inputWidth, outputHeight, outputWidth, padTop } = g;
  shader.sizes('u32', { width, partStride: partStride / lanes });
  shader.sizes('i32', { inputHeight, inputWidth, outputHeight, outputWidth, padTop, rows, share });
  const pixel = (offset: string) =>
    `select(${t}(0), ${x}[u32(max(row + ${offset}, 0)) * width + c], (${offset} >= 0) & (${offset} < inputWidth))`;
  const body = `let c = i % width;
let ky = i32(i / width) % ${kh};
let part = i32(i / width) / ${kh};
${join(taps, (k) => `var a${k} = ${t}(0);\nvar v${k} = ${t}(0);`)}
for (var r = part * share; r < min(part * share + share, rows); r++) {
let iy = r % outputHeight * ${g.strideHeight} - padTop + ky * ${g.dilationHeight};
if ((iy < 0) | (iy >= inputHeight)) { continue; }
let row = (r / outputHeight * inputHeight + iy) * inputWidth;
${join(taps.slice(stride), (k) => `v${k} = ${pixel(`(${k - stride - g.padLeft})`)};`)}
for (var ox = 0; ox < outputWidth; ox++) {
let ix = ox * ${stride} - ${g.padLeft};
let d = ${dy}[u32(r * outputWidth + ox) * width + c];
${join(taps, (k) => (k + stride < kw ? `v${k} = v${k + stride};` : `v${k} = ${pixel(`(ix + ${k})`)};`))}
${join(taps, (k) => `a${k} += v${k} * d;`)}
}
}
let at = u32(part) * partStride + u32(ky) * ${kw}u * width + c;
${join(taps, (k) => `${dw}[at + ${k}u * width] = a${k}${factor('c')};`)}`;
  context.add(shader.finish({ threads: splits * kh * width, body }));
}

/** Channel multipliers and dilated windows: a thread a weight, over its share of the places. */
function anyDepthwiseFilterGradient(
  call: CallOf<'depthwiseConv2dFilterGradient'>,
  context: WgslContext,
  unfold: UnfoldGradientCall | null,
): void {
  const g = call.geometry;
  const weights = g.kernelHeight * g.kernelWidth * g.outputChannels;
  const places = g.batch * g.outputHeight * g.outputWidth;
  const target = filterGradientTarget(call.outputs.filterGradient, unfold, context);
  const splits = splitsFor(context.tuning, places, weights, 64);
  const share = Math.ceil(places / splits);
  const { parts, stride } = context.split(target, splits);
  const shader = context.shader(call);
  const x = shader.reads('x', context.range(call.inputs.input), 1);
  const dy = shader.reads('dy', context.range(call.inputs.outputGradient), 1);
  const dw = shader.writes('dw', parts, 1);
  const factor = unfoldFactor(unfold, context, shader, 1);
  const body = `let weight = i % ${weights}u;
let part = i / ${weights}u;
let o = weight % ${g.outputChannels}u;
let tap = weight / ${g.outputChannels}u;
let down = i32(tap / ${g.kernelWidth}u) * ${g.dilationHeight} - ${g.padTop};
let along = i32(tap % ${g.kernelWidth}u) * ${g.dilationWidth} - ${g.padLeft};
var sum = 0.0;
for (var m = part * ${share}u; m < min(part * ${share}u + ${share}u, ${places}u); m++) {
let q = m / ${g.outputWidth}u;
let iy = i32(q % ${g.outputHeight}u) * ${g.strideHeight} + down;
let ix = i32(m % ${g.outputWidth}u) * ${g.strideWidth} + along;
if ((iy < 0) | (iy >= ${g.inputHeight}) | (ix < 0) | (ix >= ${g.inputWidth})) { continue; }
let p = u32((i32(q / ${g.outputHeight}u) * ${g.inputHeight} + iy) * ${g.inputWidth} + ix);
sum += ${x}[p * ${g.inputChannels}u + o / ${g.outputChannels / g.inputChannels}u] * ${dy}[m * ${g.outputChannels}u + o];
}
${dw}[part * ${stride}u + weight] = sum${factor('o')};`;
  context.add(shader.finish({ threads: weights * splits, body }));
}
