import type { ConvGeometry } from '../../step-plan/geometry';
import type { CallOf } from '../../step-plan/operations';
import { activateFunction } from '../activation/wgsl';
import { optionalRange, type WgslContext } from '../wgsl-context';
import { type Lanes, lanesFor, typeOf, type WgslShader } from '../wgsl-shader';
import { indices, join } from '../wgsl-text';

/** A sliding window over pixels of one channel (or four), which forward and, at stride 1, backward share. */
interface Slide {
  readonly batch: number;
  readonly inputHeight: number;
  readonly inputWidth: number;
  readonly outputHeight: number;
  readonly outputWidth: number;
  readonly kernelHeight: number;
  readonly kernelWidth: number;
  readonly strideHeight: number;
  readonly strideWidth: number;
  readonly padTop: number;
  readonly padLeft: number;
  readonly width: number;
  /** Whether the filter is taken back to front: the gradient's correlation. */
  readonly filter: 'asIs' | 'flipped';
}

const STRIP = 4;

/** A thread makes a strip of outputs in one row, so that each pixel of the strip is loaded once a filter row. */
function slide(
  s: Slide,
  lanes: Lanes,
  shader: WgslShader,
  names: { x: string; w: string },
  store: (at: string, value: string) => string,
) {
  const strips = Math.ceil(s.outputWidth / STRIP);
  const outputs = indices(STRIP);
  const { kernelHeight: kh, kernelWidth: kw, strideHeight, strideWidth } = s;
  const { inputHeight, inputWidth, outputHeight, outputWidth, padTop, padLeft } = s;
  shader.sizes('u32', { width: s.width, strips });
  shader.sizes('i32', { inputHeight, inputWidth, outputHeight, outputWidth, padTop, padLeft });
  const filterIndex = (kx: number) =>
    s.filter === 'flipped' ? `(${kh - 1} - ky) * ${kw} + ${kw - 1 - kx}` : `ky * ${kw} + ${kx}`;
  const pixels = indices((STRIP - 1) * strideWidth + kw).map((pixel) => {
    const uses = outputs.filter((o) => pixel - o * strideWidth >= 0 && pixel - o * strideWidth < kw);
    if (uses.length === 0) return '';
    return `ix = left + ${pixel};
if ((ix >= 0) & (ix < inputWidth)) {
let v = ${names.x}[u32(row + ix) * width + c];
${join(uses, (o) => `a${o} += v * w${pixel - o * strideWidth};`)}
}`;
  });
  const body = `var rest = i;
let c = rest % width; rest /= width;
let sx = i32(rest % strips) * ${STRIP}; rest /= strips;
let oy = i32(rest) % outputHeight;
let n = i32(rest) / outputHeight;
${join(outputs, (o) => `var a${o} = ${typeOf(lanes)}(0);`)}
let left = sx * ${strideWidth} - padLeft;
for (var ky = 0; ky < ${kh}; ky++) {
let iy = oy * ${strideHeight} - padTop + ky;
if ((iy < 0) | (iy >= inputHeight)) { continue; }
let row = (n * inputHeight + iy) * inputWidth;
${join(indices(kw), (kx) => `let w${kx} = ${names.w}[u32(${filterIndex(kx)}) * width + c];`)}
var ix = 0;
${pixels.join('\n')}
}
let first = u32((n * outputHeight + oy) * outputWidth + sx) * width + c;
${join(outputs, (o) => `if (sx + ${o} < outputWidth) {\nlet at = first + ${o}u * width;\n${store('at', `a${o}`)}\n}`)}`;
  return { body, threads: s.batch * outputHeight * strips * s.width };
}

function slides(g: ConvGeometry): boolean {
  return g.inputChannels === g.outputChannels && g.dilationHeight === 1 && g.dilationWidth === 1;
}

export function depthwiseConv2d(call: CallOf<'depthwiseConv2d'>, context: WgslContext): void {
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
  const store = (at: string, value: string) => `${y}[${at}] = activate(${value}${bias}${residual});`;
  const declarations = activateFunction(call.activation, lanes);
  if (slides(g)) {
    context.add(
      shader.finish({
        declarations,
        ...slide({ ...g, width, filter: 'asIs' }, lanes, shader, { x, w }, store),
      }),
    );
    return;
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
${store('at', 'sum')}`;
  context.add(
    shader.finish({ declarations, body, threads: g.batch * g.outputHeight * g.outputWidth * width }),
  );
}

/**
 * The gradient at a larger stride: a thread makes a strip of pixels whose first is a multiple of the stride, so
 * that which outputs read which pixel of the strip is known when the shader is written.
 */
function stridedGradient(
  g: ConvGeometry,
  lanes: Lanes,
  shader: WgslShader,
  names: { dy: string; w: string },
  store: (at: string, value: string) => string,
) {
  const width = g.inputChannels / lanes;
  const { strideWidth: stride, kernelWidth: kw } = g;
  const strip = stride * Math.max(1, Math.floor(STRIP / stride));
  const strips = Math.ceil(g.inputWidth / strip);
  const pixels = indices(strip);
  const uses = pixels.flatMap((pixel) =>
    indices(kw)
      .filter((kx) => (pixel + g.padLeft - kx) % stride === 0)
      .map((kx) => ({ pixel, kx, reader: (pixel + g.padLeft - kx) / stride })),
  );
  const { inputHeight, inputWidth, outputHeight, outputWidth } = g;
  shader.sizes('u32', { width, strips });
  shader.sizes('i32', { inputHeight, inputWidth, outputHeight, outputWidth });
  const readers = [...new Set(uses.map(({ reader }) => reader))].sort((a, b) => a - b);
  const body = `var rest = i;
let c = rest % width; rest /= width;
let strip = i32(rest % strips); rest /= strips;
let iy = i32(rest) % inputHeight;
let n = i32(rest) / inputHeight;
${join(pixels, (pixel) => `var a${pixel} = ${typeOf(lanes)}(0);`)}
for (var ky = (iy + ${g.padTop}) % ${g.strideHeight}; ky < ${g.kernelHeight}; ky += ${g.strideHeight}) {
let ty = iy + ${g.padTop} - ky;
let oy = ty / ${g.strideHeight};
if ((ty < 0) | (oy >= outputHeight)) { continue; }
let row = (n * outputHeight + oy) * outputWidth;
${join(indices(kw), (kx) => `let w${kx} = ${names.w}[u32(ky * ${kw} + ${kx}) * width + c];`)}
var ox = 0;
${join(
  readers,
  (reader) => `ox = strip * ${strip / stride} + ${reader};
if ((ox >= 0) & (ox < outputWidth)) {
let d = ${names.dy}[u32(row + ox) * width + c];
${join(
  uses.filter((use) => use.reader === reader),
  ({ pixel, kx }) => `a${pixel} += d * w${kx};`,
)}
}`,
)}
}
let first = u32((n * inputHeight + iy) * inputWidth + strip * ${strip}) * width + c;
${join(
  pixels,
  (pixel) =>
    `if (strip * ${strip} + ${pixel} < inputWidth) {\nlet at = first + ${pixel}u * width;\n${store('at', `a${pixel}`)}\n}`,
)}`;
  return { body, threads: g.batch * g.inputHeight * strips * width };
}

export function depthwiseConv2dInputGradient(
  call: CallOf<'depthwiseConv2dInputGradient'>,
  context: WgslContext,
): void {
  const g = call.geometry;
  const multiplier = g.outputChannels / g.inputChannels;
  const lanes = multiplier === 1 ? lanesFor(g.inputChannels) : 1;
  const width = g.inputChannels / lanes;
  const shader = context.shader(call);
  const dy = shader.reads('dy', context.range(call.inputs.outputGradient), lanes);
  const w = shader.reads('w', context.range(call.inputs.filter), lanes);
  const target = context.range(call.outputs.inputGradient);
  const dx = call.write === 'add' ? shader.updates('dx', target, lanes) : shader.writes('dx', target, lanes);
  const store = (at: string, value: string) => `${dx}[${at}] ${call.write === 'add' ? '+=' : '='} ${value};`;
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
    context.add(shader.finish(slide(mirrored, lanes, shader, { x: dy, w }, store)));
    return;
  }
  if (slides(g)) {
    context.add(shader.finish(stridedGradient(g, lanes, shader, { dy, w }, store)));
    return;
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
${store('i', 'sum')}`;
  context.add(shader.finish({ body, threads: g.batch * g.inputHeight * g.inputWidth * width }));
}
