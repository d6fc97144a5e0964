import type { ConvGeometry } from '../../step-plan/geometry';
import type { CallOf } from '../../step-plan/operations';
import { activateFunction } from '../activation/wgsl';
import { optionalRange, type WgslContext } from '../wgsl/context';
import type { RowSums, SumParts } from '../wgsl/row-sums';
import { type Lanes, lanesFor, typeOf } from '../wgsl/shader';
import { addDepthwise } from './wgsl-depthwise-dispatch';
import { type GradientUse, gradientEnd } from './wgsl-gradient-end';

function slides(g: ConvGeometry): boolean {
  return g.inputChannels === g.outputChannels && g.dilationHeight === 1 && g.dilationWidth === 1;
}

/** One at a time where there is a channel multiplier, or threads are emulated. */
function channelLanes(context: WgslContext, g: ConvGeometry): Lanes {
  if (g.outputChannels !== g.inputChannels || context.tuning.depthwise === 'scalars') return 1;
  return lanesFor(g.inputChannels);
}

export function depthwiseConv2d(
  call: CallOf<'depthwiseConv2d'>,
  context: WgslContext,
  sums: RowSums | null = null,
): SumParts | null {
  const g = call.geometry;
  const multiplier = g.outputChannels / g.inputChannels;
  const lanes = channelLanes(context, g);
  const width = g.outputChannels / lanes;
  const shader = context.shader(call);
  const x = shader.reads('x', context.range(call.inputs.input), lanes);
  const w = shader.reads('w', context.range(call.inputs.filter), lanes);
  const biasRange = optionalRange(context, call.inputs.bias);
  const bias = biasRange ? ` + ${shader.reads('bias', biasRange, lanes)}[c]` : '';
  const residualRange = optionalRange(context, call.inputs.residual);
  const residual = residualRange ? ` + ${shader.reads('residual', residualRange, lanes)}[at]` : '';
  const y = shader.writes('y', context.range(call.outputs.output), lanes);
  const result = (_at: string, _c: string, value: string) => `activate(${value}${bias}${residual})`;
  const declarations = activateFunction(call.activation, lanes);
  if (slides(g)) {
    const program = { made: 'output', source: x, filter: w, target: y, lanes, result, declarations } as const;
    return addDepthwise(context, shader, g, program, sums);
  }
  const body = `let c = i % ${width}u;
let place = i / ${width}u;
let q = place / ${g.outputWidth}u;
let n = i32(q / ${g.outputHeight}u);
var sum = ${typeOf(lanes)}(0);
for (var ky = 0; ky < ${g.kernelHeight}; ky++) {
let iy = i32(q % ${g.outputHeight}u) * ${g.strideHeight} - ${g.padTop} + ky * ${g.dilationHeight};
if ((iy < 0) | (iy >= ${g.inputHeight})) { continue; }
for (var kx = 0; kx < ${g.kernelWidth}; kx++) {
let ix = i32(place % ${g.outputWidth}u) * ${g.strideWidth} - ${g.padLeft} + kx * ${g.dilationWidth};
if ((ix < 0) | (ix >= ${g.inputWidth})) { continue; }
sum += ${x}[u32((n * ${g.inputHeight} + iy) * ${g.inputWidth} + ix) * ${g.inputChannels / lanes}u + c / ${multiplier}u] * ${w}[u32(ky * ${g.kernelWidth} + kx) * ${width}u + c];
}
}
let at = i;
${y}[at] = ${result('at', 'c', 'sum')};`;
  context.add(
    shader.finish({ declarations, body, threads: g.batch * g.outputHeight * g.outputWidth * width }),
  );
  return null;
}

export function depthwiseConv2dInputGradient(
  call: CallOf<'depthwiseConv2dInputGradient'>,
  context: WgslContext,
  use: GradientUse | null = null,
): SumParts | null {
  const g = call.geometry;
  const multiplier = g.outputChannels / g.inputChannels;
  const lanes = channelLanes(context, g);
  const width = g.inputChannels / lanes;
  const shader = context.shader(call);
  const dy = shader.reads('dy', context.range(call.inputs.outputGradient), lanes);
  const w = shader.reads('w', context.range(call.inputs.filter), lanes);
  const end = gradientEnd(call, use, context, shader, lanes);
  if (slides(g)) {
    const program = { made: 'inputGradient', source: dy, filter: w, lanes, ...end } as const;
    return addDepthwise(context, shader, g, program, use?.sums ?? null);
  }
  const body = `let c = i % ${width}u;
let place = i / ${width}u;
let q = place / ${g.inputWidth}u;
let n = i32(q / ${g.inputHeight}u);
var sum = ${typeOf(lanes)}(0);
for (var ky = 0; ky < ${g.kernelHeight}; ky++) {
let ty = i32(q % ${g.inputHeight}u) + ${g.padTop} - ky * ${g.dilationHeight};
let oy = ty / ${g.strideHeight};
if ((ty < 0) | (oy >= ${g.outputHeight}) | (ty % ${g.strideHeight} != 0)) { continue; }
for (var kx = 0; kx < ${g.kernelWidth}; kx++) {
let tx = i32(place % ${g.inputWidth}u) + ${g.padLeft} - kx * ${g.dilationWidth};
let ox = tx / ${g.strideWidth};
if ((tx < 0) | (ox >= ${g.outputWidth}) | (tx % ${g.strideWidth} != 0)) { continue; }
let at = u32((n * ${g.outputHeight} + oy) * ${g.outputWidth} + ox) * ${width * multiplier}u + c * ${multiplier}u;
let tap = u32(ky * ${g.kernelWidth} + kx) * ${width * multiplier}u + c * ${multiplier}u;
for (var o = 0u; o < ${multiplier}u; o++) { sum += ${dy}[at + o] * ${w}[tap + o]; }
}
}
${end.target}[i] = ${end.result('i', 'c', 'sum')};`;
  const { declarations } = end;
  context.add(shader.finish({ declarations, body, threads: g.batch * g.inputHeight * g.inputWidth * width }));
  return null;
}
