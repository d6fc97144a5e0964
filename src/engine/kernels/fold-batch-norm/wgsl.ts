import { buffersOf, idsOf } from '../../step-plan/call-buffers';
import type { CallOf } from '../../step-plan/operations';
import { optionalRange, type WgslContext } from '../wgsl/context';
import { float, lanesFor, type Range } from '../wgsl/shader';

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

/** What one binding may span: WebGPU's default. */
const MOST_SPAN_ELEMENTS = 2 ** 25;
const ELEMENTS_PER_GROUP = 1024;

/** @returns how many of the calls, from the first, `foldTogether` can take */
export function foldsTogether(calls: readonly CallOf<'foldBatchNorm'>[], context: WgslContext): number {
  for (let count = calls.length; count > 1; count -= 1) {
    const { sources, targets } = spansOf(calls.slice(0, count), context);
    if (sources && targets && sources.space !== targets.space) return count;
  }
  return 1;
}

/** Any number of filters in one dispatch: every workgroup takes a piece of one and finds in a table where it is. */
export function foldTogether(calls: readonly CallOf<'foldBatchNorm'>[], context: WgslContext): void {
  const { sources, targets } = spansOf(calls, context);
  if (!sources || !targets) throw new RangeError('These filters do not lie together.');
  const source = (buffer: number) => context.range(buffer).offset - sources.offset;
  const target = (buffer: number) => context.range(buffer).offset - targets.offset;
  const optional = (buffer: number | null) => (buffer === null ? 0 : source(buffer) + 1);
  const jobs: number[] = [];
  const folds: number[] = [];
  for (const [index, { rows, channels, epsilon, inputs, outputs }] of calls.entries()) {
    const elements = rows * channels;
    for (let first = 0; first < elements; first += ELEMENTS_PER_GROUP) jobs.push(index, first, 0, 0);
    folds.push(elements, channels, source(inputs.filter), target(outputs.foldedFilter));
    folds.push(source(inputs.mean), source(inputs.variance), optional(inputs.gamma), optional(inputs.beta));
    folds.push(optional(inputs.bias), target(outputs.foldedBias), bitsOf(epsilon), 0);
  }
  const shader = context.shader({ kind: 'foldBatchNorm', layer: 'all filters' });
  const w = shader.reads('w', sources, 1);
  const folded = shader.writes('folded', targets, 1);
  const body = `let job = segments[group];
let fold = segments[groups + job.x * 3u];
let normaliser = segments[groups + job.x * 3u + 1u];
let extra = segments[groups + job.x * 3u + 2u];
for (var k = job.y + lane; k < min(job.y + ${ELEMENTS_PER_GROUP}u, fold.x); k += 64u) {
let c = k % fold.y;
var scale = inverseSqrt(${w}[normaliser.y + c] + bitcast<f32>(extra.z));
if (normaliser.z > 0u) { scale *= ${w}[normaliser.z - 1u + c]; }
${folded}[fold.w + k] = ${w}[fold.z + k] * scale;
if (k < fold.y) {
var shift = -${w}[normaliser.x + c];
if (extra.x > 0u) { shift += ${w}[extra.x - 1u + c]; }
shift *= scale;
if (normaliser.w > 0u) { shift += ${w}[normaliser.w - 1u + c]; }
${folded}[extra.y + c] = shift;
}
}`;
  const table = Uint32Array.from([...jobs, ...folds]);
  const dispatch = shader.finish({ groups: jobs.length / 4, table, body });
  const elements = calls.flatMap(buffersOf).reduce((sum, id) => sum + context.range(id).elements, 0);
  context.add({ ...dispatch, trafficBytes: elements * Float32Array.BYTES_PER_ELEMENT });
}

/** The range from the first to the last of what the calls read, and of what they write; null: too wide. */
function spansOf(calls: readonly CallOf<'foldBatchNorm'>[], context: WgslContext) {
  const spanOf = (buffers: readonly number[]): Range | null => {
    const ranges = buffers.map((buffer) => context.range(buffer));
    const offset = Math.min(...ranges.map((range) => range.offset));
    const elements = Math.max(...ranges.map((range) => range.offset + range.elements)) - offset;
    const { space } = ranges[0]!;
    const isOne = ranges.every((range) => range.space === space) && elements <= MOST_SPAN_ELEMENTS;
    return isOne ? { space, offset, elements, format: 'float32' } : null;
  };
  return {
    sources: spanOf(calls.flatMap(({ inputs }) => idsOf(inputs))),
    targets: spanOf(calls.flatMap(({ outputs }) => idsOf(outputs))),
  };
}

function bitsOf(value: number): number {
  return new Uint32Array(Float32Array.of(value).buffer)[0]!;
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
