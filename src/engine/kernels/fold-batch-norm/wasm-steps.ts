import type { CallOf } from '../../step-plan/operations';
import { floatWord, type StepRecorder } from '../wasm/program';
import { splitRows } from '../wasm/tasks';

export function foldBatchNormSteps(call: CallOf<'foldBatchNorm'>, to: StepRecorder): void {
  const { rows, channels, inputs, outputs } = call;
  const { each, tasks } = splitRows(rows, channels);
  const scale = [to.at(inputs.gamma), to.at(inputs.variance), floatWord(call.epsilon)];
  const ends = [to.at(inputs.filter), rows, channels, each, to.at(outputs.foldedFilter)];
  to.step('scaleColumns', tasks, [...ends, ...scale]);
  const bias = [to.at(inputs.bias), channels, to.at(outputs.foldedBias)];
  to.step('foldBias', 1, [...bias, ...scale, to.at(inputs.mean), to.at(inputs.beta)]);
}

export function unfoldGradientSteps(call: CallOf<'unfoldGradient'>, to: StepRecorder): void {
  const { rows, channels, inputs } = call;
  const { each, tasks } = splitRows(rows, channels);
  const ends = [to.at(inputs.foldedGradient), rows, channels, each, to.at(call.outputs.gradient)];
  const scale = [to.at(inputs.gamma), to.at(inputs.variance), floatWord(call.epsilon)];
  to.step('scaleColumns', tasks, [...ends, ...scale]);
}
