import { optionalView, type ReferenceKernel } from '../reference/kernel';
import { activate, activationDerivative, derivativeFromOutput } from './formulas';

export const activation: ReferenceKernel<'activation'> = (call, view) => {
  const { rows, channels } = call;
  const x = view(call.inputs.input);
  const y = view(call.outputs.output);
  if (call.activation !== 'softmax') {
    for (let i = 0; i < rows * channels; i += 1) y[i] = activate(call.activation, x[i]!);
    return;
  }
  for (let row = 0; row < rows; row += 1) {
    const logits = x.subarray(row * channels, (row + 1) * channels);
    const largest = Math.max(...logits);
    const powers = logits.map((logit) => Math.exp(logit - largest));
    const sum = powers.reduce((total, power) => total + power, 0);
    for (let c = 0; c < channels; c += 1) y[row * channels + c] = powers[c]! / sum;
  }
};

export const activationGradient: ReferenceKernel<'activationGradient'> = (call, view) => {
  const { rows, channels } = call;
  const dy = view(call.inputs.outputGradient);
  const x = optionalView(view, call.inputs.input);
  const y = optionalView(view, call.inputs.output);
  const dx = view(call.outputs.inputGradient);
  if (call.activation !== 'softmax') {
    for (let i = 0; i < rows * channels; i += 1) {
      const slope = x
        ? activationDerivative(call.activation, x[i]!)
        : derivativeFromOutput(call.activation, y![i]!);
      dx[i] = dy[i]! * slope;
    }
    return;
  }
  for (let row = 0; row < rows; row += 1) {
    let dot = 0;
    for (let c = 0; c < channels; c += 1) dot += dy[row * channels + c]! * y![row * channels + c]!;
    for (let c = 0; c < channels; c += 1) {
      const i = row * channels + c;
      dx[i] = y![i]! * (dy[i]! - dot);
    }
  }
};
