import type { CallOf } from '../../step-plan/operations';
import type { StepRecorder } from '../wasm/program';
import { splitRows } from '../wasm/tasks';

export function copyChannelsSteps(call: CallOf<'copyChannels'>, to: StepRecorder): void {
  const { rows, count } = call;
  const { each, tasks } = splitRows(rows, count);
  const from = [count, call.inputChannels, call.inputOffset];
  const onto = [call.outputChannels, call.outputOffset, to.at(call.outputs.output)];
  to.step('copyChannels', tasks, [to.at(call.inputs.input), rows, each, ...from, ...onto]);
}
