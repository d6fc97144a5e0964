import type { CallOf } from '../../step-plan/operations';
import { optionalRange, type WgslContext } from '../wgsl-context';
import { partsDispatch, planRowReduction } from '../wgsl-row-reduction';
import { float, type Lanes, lanesFor, typeOf } from '../wgsl-shader';

/** Declares `mean` and `inverse` of the row that starts at `row`, in two passes over its channels. */
function rowStatistics(x: string, channels: number, lanes: Lanes, epsilon: number): string {
  const width = channels / lanes;
  const total = (v: string) => (lanes === 4 ? `dot(${v}, vec4f(1))` : v);
  return `var sum = ${typeOf(lanes)}(0);
for (var c = 0u; c < ${width}u; c++) { sum += ${x}[row + c]; }
let mean = ${total('sum')} / ${channels}.0;
var squares = ${typeOf(lanes)}(0);
for (var c = 0u; c < ${width}u; c++) { let d = ${x}[row + c] - mean; squares += d * d; }
let inverse = inverseSqrt(${total('squares')} / ${channels}.0 + ${float(epsilon)});`;
}

export function layerNorm(call: CallOf<'layerNorm'>, context: WgslContext): void {
  const { rows, channels, epsilon } = call;
  const lanes = lanesFor(channels);
  const width = channels / lanes;
  const shader = context.shader(call);
  const x = shader.reads('x', context.range(call.inputs.input), lanes);
  const gammaRange = optionalRange(context, call.inputs.gamma);
  const betaRange = optionalRange(context, call.inputs.beta);
  const gamma = gammaRange ? ` * ${shader.reads('gamma', gammaRange, lanes)}[c]` : '';
  const beta = betaRange ? ` + ${shader.reads('beta', betaRange, lanes)}[c]` : '';
  const y = shader.writes('y', context.range(call.outputs.output), lanes);
  const body = `let row = i * ${width}u;
${rowStatistics(x, channels, lanes, epsilon)}
for (var c = 0u; c < ${width}u; c++) { ${y}[row + c] = (${x}[row + c] - mean) * inverse${gamma}${beta}; }`;
  context.add(shader.finish({ threads: rows, body }));
}

export function layerNormInputGradient(call: CallOf<'layerNormInputGradient'>, context: WgslContext): void {
  const { rows, channels, epsilon } = call;
  const lanes = lanesFor(channels);
  const width = channels / lanes;
  const t = typeOf(lanes);
  const total = (v: string) => (lanes === 4 ? `dot(${v}, vec4f(1))` : v);
  const shader = context.shader(call);
  const x = shader.reads('x', context.range(call.inputs.input), lanes);
  const gammaRange = optionalRange(context, call.inputs.gamma);
  const gamma = gammaRange ? ` * ${shader.reads('gamma', gammaRange, lanes)}[c]` : '';
  const dy = shader.reads('dy', context.range(call.inputs.outputGradient), lanes);
  const dx = shader.writes('dx', context.range(call.outputs.inputGradient), lanes);
  const body = `let row = i * ${width}u;
${rowStatistics(x, channels, lanes, epsilon)}
var gSum = ${t}(0);
var alongSum = ${t}(0);
for (var c = 0u; c < ${width}u; c++) {
let g = ${dy}[row + c]${gamma};
gSum += g;
alongSum += g * (${x}[row + c] - mean) * inverse;
}
let gMean = ${total('gSum')} / ${channels}.0;
let along = ${total('alongSum')} / ${channels}.0;
for (var c = 0u; c < ${width}u; c++) {
let g = ${dy}[row + c]${gamma};
${dx}[row + c] = (g - gMean - (${x}[row + c] - mean) * inverse * along) * inverse;
}`;
  context.add(shader.finish({ threads: rows, body }));
}

/** Each row's mean and inverse first, then sums over rows a channel. */
export function layerNormParameterGradient(
  call: CallOf<'layerNormParameterGradient'>,
  context: WgslContext,
): void {
  const { rows, channels, epsilon } = call;
  const lanes = lanesFor(channels);
  const width = channels / lanes;
  const input = context.range(call.inputs.input);
  const rowNumbers = context.scratch(rows * 2);
  const first = context.shader(call, 'rows');
  const firstX = first.reads('x', input, lanes);
  const numbers = first.writes('rowNumbers', rowNumbers, 1);
  const body = `let row = i * ${width}u;
${rowStatistics(firstX, channels, lanes, epsilon)}
${numbers}[i * 2u] = mean;
${numbers}[i * 2u + 1u] = inverse;`;
  context.add(first.finish({ threads: rows, body }));

  const pass = (name: string, target: number, term: (x: string, dy: string, n: string) => string) => {
    const reduction = planRowReduction(context, { rows, channels, lanes, sums: 1 });
    const { parts, stride } = context.split(context.range(target), reduction.parts);
    const shader = context.shader(call, name);
    const dy = shader.reads('dy', context.range(call.inputs.outputGradient), lanes);
    const each = `a += ${term(name === 'gamma' ? shader.reads('x', input, lanes) : '', dy, name === 'gamma' ? shader.reads('rowNumbers', rowNumbers, 1) : '')};`;
    context.add(
      partsDispatch(context, shader, reduction, parts, { before: '', each, after: '' }, { stride }),
    );
  };
  pass(
    'gamma',
    call.outputs.gammaGradient,
    (x, dy, n) => `${dy}[at] * (${x}[at] - ${n}[row * 2u]) * ${n}[row * 2u + 1u]`,
  );
  pass('beta', call.outputs.betaGradient, (_, dy) => `${dy}[at]`);
}
