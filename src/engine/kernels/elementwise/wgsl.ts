import type { CallOf } from '../../step-plan/operations';
import { activateFunction } from '../activation/wgsl';
import type { WgslContext } from '../wgsl/context';
import { float, lanesFor } from '../wgsl/shader';

export function elementwise(call: CallOf<'add' | 'multiply'>, context: WgslContext): void {
  const { batch, positions, channels, broadcast } = call;
  const lanes = broadcast === 'none' ? 4 : lanesFor(channels);
  const elements = batch * positions * channels;
  const shader = context.shader(call);
  const a = shader.reads('a', context.range(call.inputs.a), lanes);
  const b = shader.reads('b', context.range(call.inputs.b), lanes);
  const y = shader.writes('y', context.range(call.outputs.output), lanes);
  const width = channels / lanes;
  const other =
    broadcast === 'none' ? `${b}[i]` : `${b}[i / ${positions * width}u * ${width}u + i % ${width}u]`;
  context.add(
    shader.finish({
      threads: Math.ceil(elements / lanes),
      declarations: activateFunction(call.activation, lanes),
      body: `${y}[i] = activate(${a}[i] ${call.kind === 'add' ? '+' : '*'} ${other});`,
    }),
  );
}

export function accumulate(call: CallOf<'accumulate'>, context: WgslContext): void {
  const shader = context.shader(call);
  const source = shader.reads('source', context.range(call.inputs.source), 4);
  const sum = shader.updates('sum', context.range(call.outputs.target), 4);
  context.add(shader.finish({ threads: Math.ceil(call.elements / 4), body: `${sum}[i] += ${source}[i];` }));
}

export function rescale(call: CallOf<'rescale'>, context: WgslContext): void {
  const shader = context.shader(call);
  const x = shader.reads('x', context.range(call.inputs.input), 4);
  const y = shader.writes('y', context.range(call.outputs.output), 4);
  const body = `${y}[i] = ${float(call.scale)} * ${x}[i] + ${float(call.offset)};`;
  context.add(shader.finish({ threads: Math.ceil(call.elements / 4), body }));
}

export function zero(call: CallOf<'zero'>, context: WgslContext): void {
  const shader = context.shader(call);
  const y = shader.writes('y', context.range(call.outputs.target), 4);
  context.add(shader.finish({ threads: Math.ceil(call.elements / 4), body: `${y}[i] = vec4f(0);` }));
}
