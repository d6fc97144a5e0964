import type { CallOf } from '../../step-plan/operations';
import { floatWord, type StepRecorder } from '../wasm/program';
import { splitRange } from '../wasm/tasks';

export function sgdUpdateSteps(call: CallOf<'sgdUpdate'>, to: StepRecorder): void {
  const { each, tasks } = splitRange(call.elements);
  const ends = [to.at(call.outputs.weights), to.at(call.outputs.velocity)];
  const numbers = [floatWord(call.momentum), floatWord(call.weightDecay), to.scalarAt(call.learningRate)];
  to.step('sgdUpdate', tasks, [to.at(call.inputs.gradient), call.elements, each, ...ends, ...numbers]);
}

export function adamUpdateSteps(call: CallOf<'adamUpdate'>, to: StepRecorder): void {
  const { beta1, beta2, outputs } = call;
  const { each, tasks } = splitRange(call.elements);
  const ends = [outputs.weights, outputs.firstMoment, outputs.secondMoment].map((id) => to.at(id));
  const betas = [beta1, 1 - beta1, beta2, 1 - beta2, call.epsilon, call.weightDecay].map(floatWord);
  const scalars = [call.learningRate, call.stepSize, call.varianceScale].map((id) => to.scalarAt(id));
  to.step('adamUpdate', tasks, [
    ...[to.at(call.inputs.gradient), call.elements, each],
    ...[...ends, ...betas, call.decay === 'decoupled' ? 1 : 0, ...scalars],
  ]);
}
