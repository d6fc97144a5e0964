import type { CallOf } from '../../step-plan/operations';
import { combineSteps } from '../wasm/combine';
import { floatWord, type StepRecorder } from '../wasm/program';
import { splitRows } from '../wasm/tasks';

export function sumRowsSteps(call: CallOf<'sumRows'>, to: StepRecorder): void {
  const { rows, channels } = call;
  const { each, tasks } = splitRows(rows, channels);
  const parts = to.scratch(tasks * channels);
  to.step('sumRows', tasks, [to.at(call.inputs.input), rows, channels, each, parts]);
  combineSteps(to, parts, channels, tasks, channels, to.at(call.outputs.output));
}

export function sumPositionsSteps(call: CallOf<'sumPositions'>, to: StepRecorder): void {
  const { batch, positions, channels, scale, inputs } = call;
  const words = [to.at(inputs.input), to.at(inputs.factor), positions, channels, floatWord(scale)];
  to.step('sumPositions', batch, [...words, to.at(call.outputs.output)]);
}

export function spreadPositionsSteps(call: CallOf<'spreadPositions'>, to: StepRecorder): void {
  const { batch, positions, channels, scale } = call;
  const words = [to.at(call.inputs.input), positions, channels, floatWord(scale), to.at(call.outputs.output)];
  to.step('spreadPositions', batch, [...words, call.write === 'add' ? 1 : 0]);
}
