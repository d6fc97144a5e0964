import type { Activation } from '../../../core/graph/graph';
import type { BufferId, CallBase } from './call';

/** The statistics a BatchNorm normalises with (of the batch, or running) and its affine part; null: 1, 0. */
export type BatchNormInputs = {
  readonly mean: BufferId;
  readonly variance: BufferId;
  readonly gamma: BufferId | null;
  readonly beta: BufferId | null;
};

/**
 * mean[c] = Σ x / rows, variance[c] = Σ (x − mean)² / rows (biased: the normaliser's).
 * With `running`: movingMean ← m · movingMean + (1 − m) · mean, movingVariance the same with the
 * unbiased variance · rows / (rows − 1) (PyTorch; at one row the factor is 1). m is Keras's momentum.
 * Never Σx² − mean² in float32: it cancels.
 */
export interface BatchNormStatisticsCall extends CallBase {
  readonly kind: 'batchNormStatistics';
  readonly rows: number;
  readonly channels: number;
  readonly momentum: number;
  readonly inputs: { readonly input: BufferId };
  readonly outputs: {
    readonly mean: BufferId;
    readonly variance: BufferId;
    /** Both or neither; null: the running statistics are held. */
    readonly movingMean: BufferId | null;
    readonly movingVariance: BufferId | null;
  };
}

/** y = activation(gamma · (x − mean) / √(variance + ε) + beta + residual). */
export interface BatchNormApplyCall extends CallBase {
  readonly kind: 'batchNormApply';
  readonly rows: number;
  readonly channels: number;
  readonly epsilon: number;
  readonly activation: Activation;
  readonly inputs: BatchNormInputs & { readonly input: BufferId; readonly residual: BufferId | null };
  readonly outputs: { readonly output: BufferId };
}

/**
 * With x̂ = (x − mean) / √(variance + ε), z = gamma · x̂ + beta recomputed, dz = dy · activation′(z):
 * dgamma[c] = Σ_rows dz · x̂, dbeta[c] = Σ_rows dz.
 */
export interface BatchNormParameterGradientCall extends CallBase {
  readonly kind: 'batchNormParameterGradient';
  readonly rows: number;
  readonly channels: number;
  readonly epsilon: number;
  readonly activation: Activation;
  readonly inputs: BatchNormInputs & { readonly input: BufferId; readonly outputGradient: BufferId };
  readonly outputs: { readonly gammaGradient: BufferId; readonly betaGradient: BufferId };
}

/**
 * dx = gamma / √(variance + ε) · (dz − dbeta / rows − x̂ · dgamma / rows) where the batch normalised;
 * without the two sums (null) where running statistics did: dx = gamma / √(variance + ε) · dz.
 */
export interface BatchNormInputGradientCall extends CallBase {
  readonly kind: 'batchNormInputGradient';
  readonly rows: number;
  readonly channels: number;
  readonly epsilon: number;
  readonly activation: Activation;
  readonly inputs: BatchNormInputs & {
    readonly input: BufferId;
    readonly outputGradient: BufferId;
    readonly gammaGradient: BufferId | null;
    readonly betaGradient: BufferId | null;
  };
  readonly outputs: { readonly inputGradient: BufferId };
}

/**
 * With s = gamma / √(variance + ε): foldedFilter[r, c] = filter[r, c] · s[c],
 * foldedBias[c] = beta + (bias − mean) · s. The filter as rows × output channels.
 */
export interface FoldBatchNormCall extends CallBase {
  readonly kind: 'foldBatchNorm';
  readonly rows: number;
  readonly channels: number;
  readonly epsilon: number;
  readonly inputs: BatchNormInputs & { readonly filter: BufferId; readonly bias: BufferId | null };
  readonly outputs: { readonly foldedFilter: BufferId; readonly foldedBias: BufferId };
}

/** gradient[r, c] = foldedGradient[r, c] · gamma[c] / √(variance[c] + ε): back from the folded filter or bias. */
export interface UnfoldGradientCall extends CallBase {
  readonly kind: 'unfoldGradient';
  readonly rows: number;
  readonly channels: number;
  readonly epsilon: number;
  readonly inputs: {
    readonly foldedGradient: BufferId;
    readonly gamma: BufferId | null;
    readonly variance: BufferId;
  };
  readonly outputs: { readonly gradient: BufferId };
}

/** Over the channels of each row: y = gamma · (x − mean) / √(variance + ε) + beta, biased variance. */
export interface LayerNormCall extends CallBase {
  readonly kind: 'layerNorm';
  readonly rows: number;
  readonly channels: number;
  readonly epsilon: number;
  readonly inputs: {
    readonly input: BufferId;
    readonly gamma: BufferId | null;
    readonly beta: BufferId | null;
  };
  readonly outputs: { readonly output: BufferId };
}

/** With g = dy · gamma: dx = (g − mean_c(g) − x̂ · mean_c(g · x̂)) / √(variance + ε); statistics recomputed. */
export interface LayerNormInputGradientCall extends CallBase {
  readonly kind: 'layerNormInputGradient';
  readonly rows: number;
  readonly channels: number;
  readonly epsilon: number;
  readonly inputs: {
    readonly input: BufferId;
    readonly gamma: BufferId | null;
    readonly outputGradient: BufferId;
  };
  readonly outputs: { readonly inputGradient: BufferId };
}

/** dgamma[c] = Σ_rows dy · x̂, dbeta[c] = Σ_rows dy. */
export interface LayerNormParameterGradientCall extends CallBase {
  readonly kind: 'layerNormParameterGradient';
  readonly rows: number;
  readonly channels: number;
  readonly epsilon: number;
  readonly inputs: { readonly input: BufferId; readonly outputGradient: BufferId };
  readonly outputs: { readonly gammaGradient: BufferId; readonly betaGradient: BufferId };
}
