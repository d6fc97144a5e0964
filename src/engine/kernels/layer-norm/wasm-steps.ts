import type { CallOf } from '../../step-plan/operations';
import { combineSteps } from '../wasm/combine';
import { floatWord, type StepRecorder } from '../wasm/program';
import { splitRows } from '../wasm/tasks';

export function layerNormSteps(call: CallOf<'layerNorm'>, to: StepRecorder): void {
  const { rows, channels, inputs } = call;
  const { each, tasks } = splitRows(rows, channels);
  const words = [to.at(inputs.input), rows, channels, each, to.at(inputs.gamma), to.at(inputs.beta)];
  to.step('layerNorm', tasks, [...words, floatWord(call.epsilon), to.at(call.outputs.output)]);
}

export function layerNormInputGradientSteps(call: CallOf<'layerNormInputGradient'>, to: StepRecorder): void {
  const { rows, channels, inputs } = call;
  const { each, tasks } = splitRows(rows, channels);
  const words = [
    to.at(inputs.input),
    rows,
    channels,
    each,
    to.at(inputs.gamma),
    to.at(inputs.outputGradient),
  ];
  to.step('layerNormInputGradient', tasks, [
    ...words,
    floatWord(call.epsilon),
    to.at(call.outputs.inputGradient),
  ]);
}

export function layerNormParameterGradientSteps(
  call: CallOf<'layerNormParameterGradient'>,
  to: StepRecorder,
): void {
  const { rows, channels, inputs, outputs } = call;
  const { each, tasks } = splitRows(rows, channels);
  const parts = to.scratch(2 * tasks * channels);
  const words = [to.at(inputs.input), rows, channels, each, parts, to.at(inputs.outputGradient)];
  to.step('layerNormGradientSums', tasks, [...words, floatWord(call.epsilon)]);
  const second = { offset: channels, at: to.at(outputs.betaGradient) };
  combineSteps(to, parts, 2 * channels, tasks, channels, to.at(outputs.gammaGradient), second);
}
