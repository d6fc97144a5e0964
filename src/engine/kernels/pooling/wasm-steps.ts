import type { CallOf } from '../../step-plan/operations';
import type { StepRecorder } from '../wasm/program';
import { geometryWords } from '../wasm/words';

export function poolSteps(call: CallOf<'maxPool' | 'averagePool'>, to: StepRecorder): void {
  const { geometry: g } = call;
  const ends = [to.at(call.inputs.input), to.at(call.outputs.output)];
  const words = [...geometryWords(g), ...ends, call.kind === 'maxPool' ? 1 : 0];
  to.step('pool', g.batch * g.outputHeight, words);
}

export function poolGradientSteps(
  call: CallOf<'maxPoolGradient' | 'averagePoolGradient'>,
  to: StepRecorder,
): void {
  const { geometry: g } = call;
  const x = call.kind === 'maxPoolGradient' ? to.at(call.inputs.input) : 0;
  const ends = [x, to.at(call.inputs.outputGradient), to.at(call.outputs.inputGradient)];
  const words = [...geometryWords(g), ...ends, call.kind === 'maxPoolGradient' ? 1 : 0];
  to.step('poolGradient', g.batch, words);
}
