import type { WindowGeometry } from '../../step-plan/geometry';
import type { CallOf } from '../../step-plan/operations';
import type { WgslContext } from '../wgsl/context';
import { lanesFor, typeOf } from '../wgsl/shader';

/** Loops over the pixels of the window at output (oy, ox) of picture n that lie in the picture: `at` is each's index. */
function overWindow(g: WindowGeometry, width: number, statements: string): string {
  return `for (var ky = 0; ky < ${g.kernelHeight}; ky++) {
let iy = oy * ${g.strideHeight} - ${g.padTop} + ky * ${g.dilationHeight};
if ((iy < 0) | (iy >= ${g.inputHeight})) { continue; }
for (var kx = 0; kx < ${g.kernelWidth}; kx++) {
let ix = ox * ${g.strideWidth} - ${g.padLeft} + kx * ${g.dilationWidth};
if ((ix < 0) | (ix >= ${g.inputWidth})) { continue; }
let at = u32((n * ${g.inputHeight} + iy) * ${g.inputWidth} + ix) * ${width}u + c;
${statements}
}
}`;
}

/** Loops over the outputs whose window holds input (y, x) of picture n: declares `oy`, `ox`. */
function overReaders(g: WindowGeometry, statements: string): string {
  return `for (var py = 0; py < ${g.kernelHeight}; py++) {
let ty = y + ${g.padTop} - py * ${g.dilationHeight};
let oy = ty / ${g.strideHeight};
if ((ty < 0) | (oy >= ${g.outputHeight}) | (ty % ${g.strideHeight} != 0)) { continue; }
for (var px = 0; px < ${g.kernelWidth}; px++) {
let tx = x + ${g.padLeft} - px * ${g.dilationWidth};
let ox = tx / ${g.strideWidth};
if ((tx < 0) | (ox >= ${g.outputWidth}) | (tx % ${g.strideWidth} != 0)) { continue; }
let reader = u32((n * ${g.outputHeight} + oy) * ${g.outputWidth} + ox);
${statements}
}
}`;
}

export function pool(call: CallOf<'maxPool' | 'averagePool'>, context: WgslContext): void {
  const g = call.geometry;
  const lanes = lanesFor(g.inputChannels);
  const width = g.inputChannels / lanes;
  const t = typeOf(lanes);
  const shader = context.shader(call);
  const x = shader.reads('pixels', context.range(call.inputs.input), lanes);
  const y = shader.writes('pooled', context.range(call.outputs.output), lanes);
  const place = `let c = i % ${width}u;
let place = i / ${width}u;
let ox = i32(place % ${g.outputWidth}u);
let oy = i32(place / ${g.outputWidth}u % ${g.outputHeight}u);
let n = i32(place / ${g.outputWidth * g.outputHeight}u);`;
  const body =
    call.kind === 'maxPool'
      ? `${place}
var best = ${t}(-3.4028234e38);
${overWindow(g, width, `best = max(best, ${x}[at]);`)}
${y}[i] = best;`
      : `${place}
var sum = ${t}(0);
var count = 0.0;
${overWindow(g, width, `sum += ${x}[at];\ncount += 1.0;`)}
${y}[i] = sum / count;`;
  context.add(shader.finish({ threads: g.batch * g.outputHeight * g.outputWidth * width, body }));
}

const INPUT_PLACE = (g: WindowGeometry, width: number) => `let c = i % ${width}u;
let place = i / ${width}u;
let x = i32(place % ${g.inputWidth}u);
let y = i32(place / ${g.inputWidth}u % ${g.inputHeight}u);
let n = i32(place / ${g.inputWidth * g.inputHeight}u);`;

/** Each pixel asks every window it lies in whether it is the first maximum there: no two threads write one place. */
export function maxPoolGradient(call: CallOf<'maxPoolGradient'>, context: WgslContext): void {
  const g = call.geometry;
  const lanes = lanesFor(g.inputChannels);
  const width = g.inputChannels / lanes;
  const t = typeOf(lanes);
  const truths = lanes === 4 ? 'vec4<bool>' : 'bool';
  const shader = context.shader(call);
  const pixels = shader.reads('pixels', context.range(call.inputs.input), lanes);
  const dy = shader.reads('dy', context.range(call.inputs.outputGradient), lanes);
  const dx = shader.writes('dx', context.range(call.outputs.inputGradient), lanes);
  // Beaten by an earlier pixel that is as large, or by any that is larger.
  const beats = overWindow(
    g,
    width,
    `let earlier = (iy < y) | ((iy == y) & (ix < x));
let other = ${pixels}[at];
beaten = beaten | (other > own) | ((other == own) & ${truths}(earlier));`,
  );
  const body = `${INPUT_PLACE(g, width)}
let own = ${pixels}[i];
var sum = ${t}(0);
${overReaders(
  g,
  `var beaten = ${truths}(false);
${beats}
sum += select(${dy}[reader * ${width}u + c], ${t}(0), beaten);`,
)}
${dx}[i] = sum;`;
  context.add(shader.finish({ threads: g.batch * g.inputHeight * g.inputWidth * width, body }));
}

export function averagePoolGradient(call: CallOf<'averagePoolGradient'>, context: WgslContext): void {
  const g = call.geometry;
  const lanes = lanesFor(g.inputChannels);
  const width = g.inputChannels / lanes;
  const shader = context.shader(call);
  const dy = shader.reads('dy', context.range(call.inputs.outputGradient), lanes);
  const dx = shader.writes('dx', context.range(call.outputs.inputGradient), lanes);
  const body = `${INPUT_PLACE(g, width)}
var sum = ${typeOf(lanes)}(0);
${overReaders(
  g,
  `var count = 0.0;
${overWindow(g, width, 'count += 1.0;').replace(/let at = .*\n/, '')}
sum += ${dy}[reader * ${width}u + c] / count;`,
)}
${dx}[i] = sum;`;
  context.add(shader.finish({ threads: g.batch * g.inputHeight * g.inputWidth * width, body }));
}
