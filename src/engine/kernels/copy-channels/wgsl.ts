import type { CallOf } from '../../step-plan/operations';
import type { WgslContext } from '../wgsl/context';
import { lanesFor } from '../wgsl/shader';

export function copyChannels(call: CallOf<'copyChannels'>, context: WgslContext): void {
  const { rows, count, inputChannels, inputOffset, outputChannels, outputOffset } = call;
  const lanes = lanesFor(count, inputChannels, inputOffset, outputChannels, outputOffset);
  const width = count / lanes;
  const shader = context.shader(call);
  const x = shader.reads('x', context.range(call.inputs.input), lanes);
  const y = shader.writes('y', context.range(call.outputs.output), lanes);
  const body = `let row = i / ${width}u;
let c = i % ${width}u;
${y}[row * ${outputChannels / lanes}u + ${outputOffset / lanes}u + c] = ${x}[row * ${inputChannels / lanes}u + ${inputOffset / lanes}u + c];`;
  context.add(shader.finish({ threads: rows * width, body }));
}
