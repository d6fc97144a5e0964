import type { CallOf } from '../../step-plan/operations';
import { optionalRange, type WgslContext } from '../wgsl/context';
import { partsDispatch, planRowReduction } from '../wgsl/row-reduction';
import { float, type Lanes, lanesFor, typeOf, type WgslShader } from '../wgsl/shader';

const MOST_MEMBERS = 64;

/**
 * The threads that work on a row together, `member` counting them: one where barriers are emulated, else as many as
 * have something to do, side by side along the channels.
 */
function rowTeam(context: WgslContext, shader: WgslShader, rows: number, channels: number, lanes: Lanes) {
  const width = channels / lanes;
  let members = 1;
  if (context.tuning.workgroupMemory === 'used') {
    while (members * 2 <= Math.min(MOST_MEMBERS, width)) members *= 2;
  }
  const together = MOST_MEMBERS / members;
  const inLane = (value: string) => (lanes === 4 ? `dot(${value}, vec4f(1))` : value);
  shader.sizes('u32', { rows, width });
  return {
    /** Declares `member` and `row`, where the row starts. */
    start:
      members === 1
        ? 'let member = 0u;\nlet row = i * width;'
        : `let member = lane % ${members}u;
let place = group * ${together}u + lane / ${members}u;
let row = min(place, rows - 1u) * width;`,
    loop: (statements: string) => `for (var c = member; c < width; c += ${members}u) {\n${statements}\n}`,
    /** The sum over the row of what each member has added up. */
    total: (value: string) => (members === 1 ? inLane(value) : `teamSum(lane, ${inLane(value)})`),
    ifInside: (statements: string) => (members === 1 ? statements : `if (place < rows) {\n${statements}\n}`),
    declarations:
      members === 1
        ? ''
        : `var<workgroup> sums: array<f32, ${MOST_MEMBERS}>;
fn teamSum(lane: u32, value: f32) -> f32 {
workgroupBarrier();
sums[lane] = value;
workgroupBarrier();
for (var half = ${members / 2}u; half > 0u; half /= 2u) {
if (lane % ${members}u < half) { sums[lane] += sums[lane + half]; }
workgroupBarrier();
}
return sums[lane / ${members}u * ${members}u];
}`,
    ...(members === 1 ? { threads: rows } : { groups: Math.ceil(rows / together) }),
  };
}

type RowTeam = ReturnType<typeof rowTeam>;

/** Declares `mean` and `inverse` of the row, in two passes over its channels. */
function rowStatistics(team: RowTeam, x: string, channels: number, lanes: Lanes, epsilon: number): string {
  return `${team.start}
var sum = ${typeOf(lanes)}(0);
${team.loop(`sum += ${x}[row + c];`)}
let mean = ${team.total('sum')} / ${channels}.0;
var squares = ${typeOf(lanes)}(0);
${team.loop(`let d = ${x}[row + c] - mean;\nsquares += d * d;`)}
let inverse = inverseSqrt(${team.total('squares')} / ${channels}.0 + ${float(epsilon)});`;
}

export function layerNorm(call: CallOf<'layerNorm'>, context: WgslContext): void {
  const { rows, channels, epsilon } = call;
  const lanes = lanesFor(channels);
  const shader = context.shader(call);
  const team = rowTeam(context, shader, rows, channels, lanes);
  const x = shader.reads('x', context.range(call.inputs.input), lanes);
  const gammaRange = optionalRange(context, call.inputs.gamma);
  const betaRange = optionalRange(context, call.inputs.beta);
  const gamma = gammaRange ? ` * ${shader.reads('gamma', gammaRange, lanes)}[c]` : '';
  const beta = betaRange ? ` + ${shader.reads('beta', betaRange, lanes)}[c]` : '';
  const y = shader.writes('y', context.range(call.outputs.output), lanes);
  const body = `${rowStatistics(team, x, channels, lanes, epsilon)}
${team.ifInside(team.loop(`${y}[row + c] = (${x}[row + c] - mean) * inverse${gamma}${beta};`))}`;
  context.add(shader.finish({ ...team, body }));
}

export function layerNormInputGradient(call: CallOf<'layerNormInputGradient'>, context: WgslContext): void {
  const { rows, channels, epsilon } = call;
  const lanes = lanesFor(channels);
  const t = typeOf(lanes);
  const shader = context.shader(call);
  const team = rowTeam(context, shader, rows, channels, lanes);
  const x = shader.reads('x', context.range(call.inputs.input), lanes);
  const gammaRange = optionalRange(context, call.inputs.gamma);
  const gamma = gammaRange ? ` * ${shader.reads('gamma', gammaRange, lanes)}[c]` : '';
  const dy = shader.reads('dy', context.range(call.inputs.outputGradient), lanes);
  const dx = shader.writes('dx', context.range(call.outputs.inputGradient), lanes);
  const body = `${rowStatistics(team, x, channels, lanes, epsilon)}
var gSum = ${t}(0);
var alongSum = ${t}(0);
${team.loop(`let g = ${dy}[row + c]${gamma};
gSum += g;
alongSum += g * (${x}[row + c] - mean) * inverse;`)}
let gMean = ${team.total('gSum')} / ${channels}.0;
let along = ${team.total('alongSum')} / ${channels}.0;
${team.ifInside(
  team.loop(`let g = ${dy}[row + c]${gamma};
${dx}[row + c] = (g - gMean - (${x}[row + c] - mean) * inverse * along) * inverse;`),
)}`;
  context.add(shader.finish({ ...team, body }));
}

/** Each row's mean and inverse first, then sums over rows a channel. */
export function layerNormParameterGradient(
  call: CallOf<'layerNormParameterGradient'>,
  context: WgslContext,
): void {
  const { rows, channels, epsilon } = call;
  const lanes = lanesFor(channels);
  const input = context.range(call.inputs.input);
  const rowNumbers = context.scratch(rows * 2);
  const first = context.shader(call, 'rows');
  const team = rowTeam(context, first, rows, channels, lanes);
  const firstX = first.reads('x', input, lanes);
  const numbers = first.writes('rowNumbers', rowNumbers, 1);
  const body = `${rowStatistics(team, firstX, channels, lanes, epsilon)}
if (member == 0u) {
${team.ifInside(`${numbers}[row / width * 2u] = mean;\n${numbers}[row / width * 2u + 1u] = inverse;`)}
}`;
  context.add(first.finish({ ...team, body }));

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
