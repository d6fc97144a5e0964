import type { CallOf } from '../../step-plan/operations';
import type { StepRecorder } from '../wasm/program';
import { splitRange, splitRows } from '../wasm/tasks';
import { ACTIVATION_NUMBERS } from '../wasm/words';

export function activationSteps(call: CallOf<'activation'>, to: StepRecorder): void {
  const { rows, channels } = call;
  const x = to.at(call.inputs.input);
  const y = to.at(call.outputs.output);
  if (call.activation === 'softmax') {
    const { each, tasks } = splitRows(rows, channels);
    to.step('softmax', tasks, [x, rows, channels, each, y]);
    return;
  }
  const { each, tasks } = splitRange(rows * channels);
  to.step('activation', tasks, [x, rows * channels, each, ACTIVATION_NUMBERS[call.activation], y]);
}

export function activationGradientSteps(call: CallOf<'activationGradient'>, to: StepRecorder): void {
  const { rows, channels, inputs } = call;
  const dy = to.at(inputs.outputGradient);
  const value = to.at(inputs.input ?? inputs.output);
  const dx = to.at(call.outputs.inputGradient);
  if (call.activation === 'softmax') {
    const { each, tasks } = splitRows(rows, channels);
    to.step('softmaxGradient', tasks, [dy, rows, channels, each, value, dx]);
    return;
  }
  const { each, tasks } = splitRange(rows * channels);
  const kind = ACTIVATION_NUMBERS[call.activation];
  to.step('activationInputGradient', tasks, [dy, rows * channels, each, kind, value, dx]);
}
