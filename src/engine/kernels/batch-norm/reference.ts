import type { BufferId } from '../../step-plan/calls/call';
import type { BatchNormInputs } from '../../step-plan/calls/normalisation';
import { activate, activationDerivative } from '../activation/formulas';
import { optionalView, type ReferenceKernel } from '../reference/kernel';

/** Ioffe and Szegedy 2015; running statistics as torch.nn.BatchNorm2d moves them. */
export const batchNormStatistics: ReferenceKernel<'batchNormStatistics'> = (call, view) => {
  const { rows, channels, momentum } = call;
  const x = view(call.inputs.input);
  const mean = view(call.outputs.mean);
  const variance = view(call.outputs.variance);
  const movingMean = optionalView(view, call.outputs.movingMean);
  const movingVariance = optionalView(view, call.outputs.movingVariance);
  for (let c = 0; c < channels; c += 1) {
    let sum = 0;
    for (let row = 0; row < rows; row += 1) sum += x[row * channels + c]!;
    mean[c] = sum / rows;
    let squares = 0;
    for (let row = 0; row < rows; row += 1) squares += (x[row * channels + c]! - mean[c]!) ** 2;
    variance[c] = squares / rows;
    const unbiased = squares / Math.max(1, rows - 1);
    if (movingMean) movingMean[c] = momentum * movingMean[c]! + (1 - momentum) * mean[c]!;
    if (movingVariance) movingVariance[c] = momentum * movingVariance[c]! + (1 - momentum) * unbiased;
  }
};

interface ChannelViews {
  readonly inverse: (c: number) => number;
  readonly normalise: (x: number, c: number) => number;
  readonly affine: (normalised: number, c: number) => number;
  readonly gamma: (c: number) => number;
}

/** x̂ = (x − mean) / √(variance + ε), z = gamma · x̂ + beta. */
function channelViews(
  inputs: BatchNormInputs,
  epsilon: number,
  view: (buffer: BufferId) => Float64Array,
): ChannelViews {
  const mean = view(inputs.mean);
  const variance = view(inputs.variance);
  const gammas = optionalView(view, inputs.gamma);
  const betas = optionalView(view, inputs.beta);
  const inverse = (c: number) => 1 / Math.sqrt(variance[c]! + epsilon);
  const gamma = (c: number) => gammas?.[c] ?? 1;
  return {
    inverse,
    gamma,
    normalise: (x, c) => (x - mean[c]!) * inverse(c),
    affine: (normalised, c) => gamma(c) * normalised + (betas?.[c] ?? 0),
  };
}

export const batchNormApply: ReferenceKernel<'batchNormApply'> = (call, view) => {
  const { rows, channels } = call;
  const x = view(call.inputs.input);
  const residual = optionalView(view, call.inputs.residual);
  const y = view(call.outputs.output);
  const { normalise, affine } = channelViews(call.inputs, call.epsilon, view);
  for (let i = 0; i < rows * channels; i += 1) {
    const c = i % channels;
    y[i] = activate(call.activation, affine(normalise(x[i]!, c), c) + (residual?.[i] ?? 0));
  }
};

export const batchNormParameterGradient: ReferenceKernel<'batchNormParameterGradient'> = (call, view) => {
  const { rows, channels } = call;
  const x = view(call.inputs.input);
  const dy = view(call.inputs.outputGradient);
  const dgamma = view(call.outputs.gammaGradient).fill(0);
  const dbeta = view(call.outputs.betaGradient).fill(0);
  const { normalise, affine } = channelViews(call.inputs, call.epsilon, view);
  for (let i = 0; i < rows * channels; i += 1) {
    const c = i % channels;
    const normalised = normalise(x[i]!, c);
    const dz = dy[i]! * activationDerivative(call.activation, affine(normalised, c));
    dgamma[c]! += dz * normalised;
    dbeta[c]! += dz;
  }
};

export const batchNormInputGradient: ReferenceKernel<'batchNormInputGradient'> = (call, view) => {
  const { rows, channels } = call;
  const x = view(call.inputs.input);
  const dy = view(call.inputs.outputGradient);
  const dgamma = optionalView(view, call.inputs.gammaGradient);
  const dbeta = optionalView(view, call.inputs.betaGradient);
  const dx = view(call.outputs.inputGradient);
  const { normalise, affine, inverse, gamma } = channelViews(call.inputs, call.epsilon, view);
  for (let i = 0; i < rows * channels; i += 1) {
    const c = i % channels;
    const normalised = normalise(x[i]!, c);
    const dz = dy[i]! * activationDerivative(call.activation, affine(normalised, c));
    const throughStatistics = ((dbeta?.[c] ?? 0) + normalised * (dgamma?.[c] ?? 0)) / rows;
    dx[i] = gamma(c) * inverse(c) * (dz - throughStatistics);
  }
};
