import type { ConvGeometry } from '../../step-plan/geometry';
import type { CallOf } from '../../step-plan/operations';
import { activateFunction } from '../activation/wgsl';
import { optionalRange, type WgslContext } from '../wgsl/context';
import type { RowSums, SumParts } from '../wgsl/row-sums';
import { lanesFor, typeOf } from '../wgsl/shader';
import { addStrips, type Slide, slide, stridedGradient } from './wgsl-depthwise-strips';
import { type GradientUse, gradientEnd } from './wgsl-gradient-end';

function slides(g: ConvGeometry): boolean {
  return g.inputChannels === g.outputChannels && g.dilationHeight === 1 && g.dilationWidth === 1;
}

export function depthwiseConv2d(
  call: CallOf<'depthwiseConv2d'>,
  context: WgslContext,
  sums: RowSums | null = null,
): SumParts | null {
  const g = call.geometry;
  const multiplier = g.outputChannels / g.inputChannels;
  const lanes = multiplier === 1 ? lanesFor(g.outputChannels) : 1;
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
    const strips = slide({ ...g, width, filter: 'asIs' }, lanes, shader, { x, w });
    return addStrips(context, shader, strips, { target: y, result, declarations }, sums);
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
  const lanes = multiplier === 1 ? lanesFor(g.inputChannels) : 1;
  const width = g.inputChannels / lanes;
  const shader = context.shader(call);
  const dy = shader.reads('dy', context.range(call.inputs.outputGradient), lanes);
  const w = shader.reads('w', context.range(call.inputs.filter), lanes);
  const end = gradientEnd(call, use, context, shader, lanes);
  if (slides(g) && g.strideHeight === 1 && g.strideWidth === 1) {
    // At stride 1 the gradient is the correlation of dy with the flipped filter.
    const mirrored: Slide = {
      ...g,
      inputHeight: g.outputHeight,
      inputWidth: g.outputWidth,
      outputHeight: g.inputHeight,
      outputWidth: g.inputWidth,
      padTop: g.kernelHeight - 1 - g.padTop,
      padLeft: g.kernelWidth - 1 - g.padLeft,
      width,
      filter: 'flipped',
    };
    const strips = slide(mirrored, lanes, shader, { x: dy, w });
    return addStrips(context, shader, strips, end, use?.sums ?? null);
  }
  if (slides(g)) {
    const strips = stridedGradient(g, lanes, shader, { dy, w });
    return addStrips(context, shader, strips, end, use?.sums ?? null);
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
