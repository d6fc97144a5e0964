import type { CallOf } from '../../step-plan/operations';
import { optionalRange, type WgslContext } from '../wgsl-context';
import { partsDispatch, planRowReduction } from '../wgsl-row-reduction';
import { float, lanesFor, typeOf } from '../wgsl-shader';

export function sumRows(call: CallOf<'sumRows'>, context: WgslContext): void {
  const { rows, channels } = call;
  const lanes = lanesFor(channels);
  const wanted = planRowReduction(context, { rows, channels, lanes, sums: 1 });
  const target = context.range(call.outputs.output);
  const { parts, stride } = context.split(target, wanted.parts);
  const shader = context.shader(call);
  const x = shader.reads('x', context.range(call.inputs.input), lanes);
  const statements = { before: '', each: `a += ${x}[at];`, after: '' };
  context.add(partsDispatch(context, shader, wanted, parts, statements, { stride }));
}

export function sumPositions(call: CallOf<'sumPositions'>, context: WgslContext): void {
  const { batch, positions, channels, scale } = call;
  const lanes = lanesFor(channels);
  const width = channels / lanes;
  const shader = context.shader(call);
  const x = shader.reads('x', context.range(call.inputs.input), lanes);
  const factorRange = optionalRange(context, call.inputs.factor);
  const factor = factorRange ? ` * ${shader.reads('factors', factorRange, lanes)}[at]` : '';
  const y = shader.writes('y', context.range(call.outputs.output), lanes);
  const body = `let c = i % ${width}u;
var sum = ${typeOf(lanes)}(0);
for (var p = 0u; p < ${positions}u; p++) {
let at = (i / ${width}u * ${positions}u + p) * ${width}u + c;
sum += ${x}[at]${factor};
}
${y}[i] = ${float(scale)} * sum;`;
  context.add(shader.finish({ threads: batch * width, workgroupSize: 16, body }));
}

export function spreadPositions(call: CallOf<'spreadPositions'>, context: WgslContext): void {
  const { batch, positions, channels, scale, write } = call;
  const lanes = lanesFor(channels);
  const width = channels / lanes;
  const shader = context.shader(call);
  const x = shader.reads('x', context.range(call.inputs.input), lanes);
  const target = context.range(call.outputs.output);
  const y = write === 'add' ? shader.updates('y', target, lanes) : shader.writes('y', target, lanes);
  const body = `${y}[i] ${write === 'add' ? '+=' : '='} ${float(scale)} * ${x}[i / ${positions * width}u * ${width}u + i % ${width}u];`;
  context.add(shader.finish({ threads: batch * positions * width, body }));
}
