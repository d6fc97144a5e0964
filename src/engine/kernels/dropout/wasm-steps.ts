import type { CallOf } from '../../step-plan/operations';
import { floatWord, type StepRecorder } from '../wasm/program';
import { splitRange } from '../wasm/tasks';
import { dropoutThreshold } from './mask';

export function dropoutSteps(call: CallOf<'dropout'>, to: StepRecorder): void {
  const { each, tasks } = splitRange(call.elements);
  const mask = [dropoutThreshold(call.rate) | 0, floatWord(1 - call.rate), call.salt, to.scalarAt(call.seed)];
  to.step('dropout', tasks, [
    ...[to.at(call.inputs.input), call.elements, each],
    ...[...mask, to.at(call.outputs.output)],
  ]);
}
