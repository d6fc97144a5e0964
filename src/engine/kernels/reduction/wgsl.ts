import type { CallOf } from '../../step-plan/operations';
import { optionalRange, type WgslContext } from '../wgsl/context';
import { partsDispatch, planRowReduction } from '../wgsl/row-reduction';
import { float, lanesFor } from '../wgsl/shader';

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

/** As sums over rows in parts: a picture is a part, and its sum a result. */
export function sumPositions(call: CallOf<'sumPositions'>, context: WgslContext): void {
  const { batch, positions, channels, scale } = call;
  const lanes = lanesFor(channels);
  const shader = context.shader(call);
  const x = shader.reads('x', context.range(call.inputs.input), lanes);
  const factorRange = optionalRange(context, call.inputs.factor);
  const factor = factorRange ? ` * ${shader.reads('factors', factorRange, lanes)}[at]` : '';
  const rows = batch * positions;
  const pictures = { rows, channels, lanes, sums: 1, parts: batch, share: positions } as const;
  const statements = { before: '', each: `a += ${x}[at]${factor};`, after: `a *= ${float(scale)};` };
  const output = context.range(call.outputs.output);
  context.add(partsDispatch(context, shader, pictures, output, statements));
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
