import type { CallOf } from '../../step-plan/operations';
import type { StepRecorder } from '../wasm/program';

export function padSteps(call: CallOf<'pad' | 'crop'>, to: StepRecorder): void {
  const sign = call.kind === 'pad' ? 1 : -1;
  to.step('pad', call.batch * call.outputHeight, [
    ...[to.at(call.inputs.input), to.at(call.outputs.output)],
    ...[call.inputHeight, call.inputWidth, call.outputHeight, call.outputWidth],
    ...[call.channels, sign * call.top, sign * call.left],
  ]);
}
