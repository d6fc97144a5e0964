import { optionalView, type ReferenceKernel } from '../reference/kernel';

/** (x ∗ w + b − mean) · s + beta = x ∗ (w · s) + beta + (b − mean) · s, s = gamma / √(variance + ε). */
export const foldBatchNorm: ReferenceKernel<'foldBatchNorm'> = (call, view) => {
  const { rows, channels, epsilon } = call;
  const filter = view(call.inputs.filter);
  const bias = optionalView(view, call.inputs.bias);
  const gamma = optionalView(view, call.inputs.gamma);
  const beta = optionalView(view, call.inputs.beta);
  const mean = view(call.inputs.mean);
  const variance = view(call.inputs.variance);
  const foldedFilter = view(call.outputs.foldedFilter);
  const foldedBias = view(call.outputs.foldedBias);
  for (let c = 0; c < channels; c += 1) {
    const scale = (gamma?.[c] ?? 1) / Math.sqrt(variance[c]! + epsilon);
    for (let row = 0; row < rows; row += 1) {
      foldedFilter[row * channels + c] = filter[row * channels + c]! * scale;
    }
    foldedBias[c] = (beta?.[c] ?? 0) + ((bias?.[c] ?? 0) - mean[c]!) * scale;
  }
};

export const unfoldGradient: ReferenceKernel<'unfoldGradient'> = (call, view) => {
  const { rows, channels, epsilon } = call;
  const folded = view(call.inputs.foldedGradient);
  const gamma = optionalView(view, call.inputs.gamma);
  const variance = view(call.inputs.variance);
  const gradient = view(call.outputs.gradient);
  for (let i = 0; i < rows * channels; i += 1) {
    const c = i % channels;
    gradient[i] = (folded[i]! * (gamma?.[c] ?? 1)) / Math.sqrt(variance[c]! + epsilon);
  }
};
