import type { ConvGeometry } from '../../step-plan/geometry';
import type { WgslContext } from '../wgsl/context';
import { placeOfThread, planRuns, type RowSums, type SumParts, takenRowSums } from '../wgsl/row-sums';
import { type Lanes, typeOf, type WgslShader } from '../wgsl/shader';
import { indices, join } from '../wgsl/text';

/** A sliding window over pixels of one channel (or four), which forward and, at stride 1, backward share. */
export interface Slide {
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

/** Results of one channel (or four) that a thread makes at a time, beside each other in one row of a picture. */
interface Strips {
  readonly batch: number;
  /** Of the picture that is made. */
  readonly height: number;
  readonly lineWidth: number;
  readonly length: number;
  readonly width: number;
  readonly lanes: Lanes;
  /** Adds up `a0`, `a1`, … of channel `c` in strip `strip` of row `down` of picture `n`; i32 but for `c`. */
  readonly compute: string;
}

interface StripProgram {
  readonly target: string;
  /** What is stored at index `at` of channel `c`. */
  readonly result: (at: string, c: string, value: string) => string;
  readonly declarations?: string;
}

/** Each pixel of a strip is loaded once a filter row. */
export function slide(s: Slide, lanes: Lanes, shader: WgslShader, names: { x: string; w: string }): Strips {
  const { kernelHeight: kh, kernelWidth: kw, strideHeight, strideWidth } = s;
  const { inputHeight, inputWidth, outputHeight, outputWidth, padTop, padLeft } = s;
  const outputs = indices(STRIP);
  shader.sizes('i32', { inputHeight, inputWidth, padTop, padLeft });
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
  const compute = `let left = strip * ${STRIP * strideWidth} - padLeft;
for (var ky = 0; ky < ${kh}; ky++) {
let iy = down * ${strideHeight} - padTop + ky;
if ((iy < 0) | (iy >= inputHeight)) { continue; }
let row = (n * inputHeight + iy) * inputWidth;
${join(indices(kw), (kx) => `let w${kx} = ${names.w}[u32(${filterIndex(kx)}) * width + c];`)}
var ix = 0;
${pixels.join('\n')}
}`;
  const { batch, width } = s;
  return { batch, height: outputHeight, lineWidth: outputWidth, length: STRIP, width, lanes, compute };
}

/**
 * The gradient at a larger stride: the first pixel of a strip is a multiple of the stride, so that which outputs
 * read which pixel of the strip is known when the shader is written.
 */
export function stridedGradient(
  g: ConvGeometry,
  lanes: Lanes,
  shader: WgslShader,
  names: { dy: string; w: string },
): Strips {
  const { strideWidth: stride, kernelWidth: kw, outputHeight, outputWidth } = g;
  const length = stride * Math.max(1, Math.floor(STRIP / stride));
  const uses = indices(length).flatMap((pixel) =>
    indices(kw)
      .filter((kx) => (pixel + g.padLeft - kx) % stride === 0)
      .map((kx) => ({ pixel, kx, reader: (pixel + g.padLeft - kx) / stride })),
  );
  shader.sizes('i32', { outputHeight, outputWidth });
  const readers = [...new Set(uses.map(({ reader }) => reader))].sort((a, b) => a - b);
  const compute = `for (var ky = (down + ${g.padTop}) % ${g.strideHeight}; ky < ${g.kernelHeight}; ky += ${g.strideHeight}) {
let ty = down + ${g.padTop} - ky;
let oy = ty / ${g.strideHeight};
if ((ty < 0) | (oy >= outputHeight)) { continue; }
let row = (n * outputHeight + oy) * outputWidth;
${join(indices(kw), (kx) => `let w${kx} = ${names.w}[u32(ky * ${kw} + ${kx}) * width + c];`)}
var ox = 0;
${join(
  readers,
  (reader) => `ox = strip * ${length / stride} + ${reader};
if ((ox >= 0) & (ox < outputWidth)) {
let d = ${names.dy}[u32(row + ox) * width + c];
${join(
  uses.filter((use) => use.reader === reader),
  ({ pixel, kx }) => `a${pixel} += d * w${kx};`,
)}
}`,
)}
}`;
  const { batch, inputHeight: height, inputWidth: lineWidth } = g;
  return { batch, height, lineWidth, length, width: g.inputChannels / lanes, lanes, compute };
}

/** Adds the dispatch. @returns the sums over rows that it takes, where they were asked for and it can */
export function addStrips(
  context: WgslContext,
  shader: WgslShader,
  { batch, height, lineWidth, length, width, lanes, compute }: Strips,
  { target, result, declarations = '' }: StripProgram,
  sums: RowSums | null,
): SumParts | null {
  const strips = Math.ceil(lineWidth / length);
  const outputs = indices(length);
  shader.sizes('i32', { height, lineWidth });
  shader.sizes('u32', { width, strips });
  const makeStrip = `${join(outputs, (o) => `var a${o} = ${typeOf(lanes)}(0);`)}
${compute}
let firstAt = u32((n * height + down) * lineWidth + strip * ${length}) * width + c;`;
  const rows = batch * height * lineWidth;
  const runs = { rows, channels: width * lanes, lanes, unit: lineWidth, pieces: strips, beside: width };
  const plan = sums && planRuns(context, runs);
  if (!sums || !plan) {
    const body = `var rest = i;
let c = rest % width; rest /= width;
let strip = i32(rest % strips); rest /= strips;
let down = i32(rest) % height;
let n = i32(rest) / height;
${makeStrip}
${join(
  outputs,
  (o) => `if (strip * ${length} + ${o} < lineWidth) {
let at = firstAt + ${o}u * width;
${target}[at] = ${result('at', 'c', `a${o}`)};
}`,
)}`;
    context.add(shader.finish({ threads: batch * height * strips * width, declarations, body }));
    return null;
  }
  shader.sizes('u32', { rows });
  const taken = takenRowSums(context, shader, sums, plan, [{ c: 'side' }]);
  const place = placeOfThread(plan, 'width');
  const line = 'let down = i32(place) / lineWidth % height;\nlet n = i32(place) / lineWidth / height;';
  const overStrips = (statements: string) =>
    plan.team
      ? `for (var piece = turn; piece < (end - begin) / u32(lineWidth) * strips; piece += turns) {
let place = begin + piece / strips * u32(lineWidth);
let strip = i32(piece % strips);
${line}
${statements}
}`
      : `for (var place = begin; place < end; place += u32(lineWidth)) {
${line}
for (var strip = 0; strip < i32(strips); strip++) {
${statements}
}
}`;
  const body = `${place.declarations}
${taken.begin(place.part)}
${taken.column(
  0,
  overStrips(`${makeStrip}
${join(
  outputs,
  (o) => `if (strip * ${length} + ${o} < lineWidth) {
let at = firstAt + ${o}u * width;
let result = ${result('at', 'c', `a${o}`)};
${target}[at] = result;
${o === 0 ? taken.first('(place == begin) & (strip == 0)') : ''}
${taken.each}
}`,
)}
${taken.made(`min(${length}, lineWidth - strip * ${length})`)}`),
)}
${taken.end}`;
  context.add(
    shader.finish({ ...taken.workers, declarations: `${declarations}\n${taken.declarations}`, body }),
  );
  return taken.parts;
}
