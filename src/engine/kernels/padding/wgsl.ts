import type { CallOf } from '../../step-plan/operations';
import type { WgslContext } from '../wgsl/context';
import { lanesFor, typeOf } from '../wgsl/shader';

export function pad(call: CallOf<'pad' | 'crop'>, context: WgslContext): void {
  const { batch, inputHeight, inputWidth, outputHeight, outputWidth, channels } = call;
  const lanes = lanesFor(channels);
  const width = channels / lanes;
  const sign = call.kind === 'pad' ? -1 : 1;
  const shader = context.shader(call);
  const x = shader.reads('x', context.range(call.inputs.input), lanes);
  const y = shader.writes('y', context.range(call.outputs.output), lanes);
  const body = `let c = i % ${width}u;
let place = i / ${width}u;
let row = place / ${outputWidth}u;
let h = i32(row % ${outputHeight}u) + ${sign * call.top};
let w = i32(place % ${outputWidth}u) + ${sign * call.left};
let n = i32(row / ${outputHeight}u);
var value = ${typeOf(lanes)}(0);
if ((h >= 0) & (h < ${inputHeight}) & (w >= 0) & (w < ${inputWidth})) {
  value = ${x}[u32((n * ${inputHeight} + h) * ${inputWidth} + w) * ${width}u + c];
}
${y}[i] = value;`;
  context.add(shader.finish({ threads: batch * outputHeight * outputWidth * width, body }));
}
