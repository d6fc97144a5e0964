import type { CallOf } from '../../step-plan/operations';
import type { StepRecorder } from '../wasm/program';

export function softmaxCrossEntropySteps(call: CallOf<'softmaxCrossEntropy'>, to: StepRecorder): void {
  const { batch, classes, inputs, outputs } = call;
  const ends = [to.at(inputs.logits), to.at(inputs.labels), to.at(inputs.classWeights)];
  const results = [to.at(outputs.outcome), to.at(outputs.logitsGradient), to.scratch(classes)];
  to.step('softmaxCrossEntropy', 1, [...ends, batch, classes, ...results]);
}
