import type { CallOf } from '../../step-plan/operations';
import { floatWord, type StepRecorder } from '../wasm/program';
import { splitRange, splitRows } from '../wasm/tasks';
import { ACTIVATION_NUMBERS } from '../wasm/words';

export function elementwiseSteps(call: CallOf<'add' | 'multiply'>, to: StepRecorder): void {
  const { batch, positions, channels, inputs } = call;
  const ends = [to.at(inputs.a), to.at(inputs.b), to.at(call.outputs.output)];
  const kind = [ACTIVATION_NUMBERS[call.activation], call.kind === 'multiply' ? 1 : 0];
  const rows = batch * positions;
  const { each, tasks } = splitRows(rows, channels);
  const shared = call.broadcast === 'none' ? 1 : positions;
  to.step('elementwise', tasks, [...ends, rows, channels, each, ...kind, shared]);
}

export function accumulateSteps(call: CallOf<'accumulate'>, to: StepRecorder): void {
  const { each, tasks } = splitRange(call.elements);
  to.step('accumulate', tasks, [to.at(call.inputs.source), call.elements, each, to.at(call.outputs.target)]);
}

export function rescaleSteps(call: CallOf<'rescale'>, to: StepRecorder): void {
  const { each, tasks } = splitRange(call.elements);
  const numbers = [floatWord(call.scale), floatWord(call.offset)];
  const words = [to.at(call.inputs.input), call.elements, each, ...numbers, to.at(call.outputs.output)];
  to.step('rescale', tasks, words);
}

export function zeroSteps(call: CallOf<'zero'>, to: StepRecorder): void {
  const { each, tasks } = splitRange(call.elements);
  to.step('zeroRange', tasks, [to.at(call.outputs.target), call.elements, each]);
}
