import { optionalView, type ReferenceKernel } from '../reference/kernel';

/** Ba, Kiros and Hinton 2016, over the channels of one row. @returns x̂ and 1 / √(variance + ε) */
function normaliseRow(row: Float64Array, epsilon: number): { normalised: Float64Array; inverse: number } {
  const mean = average(row);
  const variance = average(row.map((x) => (x - mean) ** 2));
  const inverse = 1 / Math.sqrt(variance + epsilon);
  return { normalised: row.map((x) => (x - mean) * inverse), inverse };
}

function average(row: Float64Array): number {
  return row.reduce((sum, x) => sum + x, 0) / row.length;
}

export const layerNorm: ReferenceKernel<'layerNorm'> = (call, view) => {
  const { rows, channels } = call;
  const x = view(call.inputs.input);
  const gamma = optionalView(view, call.inputs.gamma);
  const beta = optionalView(view, call.inputs.beta);
  const y = view(call.outputs.output);
  for (let row = 0; row < rows; row += 1) {
    const { normalised } = normaliseRow(x.subarray(row * channels, (row + 1) * channels), call.epsilon);
    for (let c = 0; c < channels; c += 1) {
      y[row * channels + c] = (gamma?.[c] ?? 1) * normalised[c]! + (beta?.[c] ?? 0);
    }
  }
};

export const layerNormInputGradient: ReferenceKernel<'layerNormInputGradient'> = (call, view) => {
  const { rows, channels } = call;
  const x = view(call.inputs.input);
  const gamma = optionalView(view, call.inputs.gamma);
  const dy = view(call.inputs.outputGradient);
  const dx = view(call.outputs.inputGradient);
  for (let row = 0; row < rows; row += 1) {
    const range = [row * channels, (row + 1) * channels] as const;
    const { normalised, inverse } = normaliseRow(x.subarray(...range), call.epsilon);
    const g = dy.slice(...range).map((value, c) => value * (gamma?.[c] ?? 1));
    const mean = average(g);
    const along = average(g.map((value, c) => value * normalised[c]!));
    for (let c = 0; c < channels; c += 1) {
      dx[row * channels + c] = (g[c]! - mean - normalised[c]! * along) * inverse;
    }
  }
};

export const layerNormParameterGradient: ReferenceKernel<'layerNormParameterGradient'> = (call, view) => {
  const { rows, channels } = call;
  const x = view(call.inputs.input);
  const dy = view(call.inputs.outputGradient);
  const dgamma = view(call.outputs.gammaGradient).fill(0);
  const dbeta = view(call.outputs.betaGradient).fill(0);
  for (let row = 0; row < rows; row += 1) {
    const { normalised } = normaliseRow(x.subarray(row * channels, (row + 1) * channels), call.epsilon);
    for (let c = 0; c < channels; c += 1) {
      dgamma[c]! += dy[row * channels + c]! * normalised[c]!;
      dbeta[c]! += dy[row * channels + c]!;
    }
  }
};
