import type { Activation } from '../../../core/graph/graph';
import type { ConvGeometry } from '../geometry';
import type { BufferId, CallBase, WriteMode } from './call';

/**
 * y = activation(x ∗ w + bias + residual), cross-correlation as every framework has it:
 * y[n,i,j,o] = Σ x[n, i·s + p·d − padTop, j·s + q·d − padLeft, c] · w[p,q,c,o] with x = 0 outside.
 * Dense layers are this with height = width = kernel = 1. Never softmax.
 */
export interface Conv2dCall extends CallBase {
  readonly kind: 'conv2d';
  readonly geometry: ConvGeometry;
  readonly activation: Activation;
  readonly inputs: {
    readonly input: BufferId;
    readonly filter: BufferId;
    /** [outputChannels] */
    readonly bias: BufferId | null;
    /** Like the output. */
    readonly residual: BufferId | null;
  };
  readonly outputs: { readonly output: BufferId };
}

/** The same with groups = inputChannels: filter [kh, kw, inputChannels, multiplier], o = c · multiplier + m. */
export interface DepthwiseConv2dCall extends Omit<Conv2dCall, 'kind'> {
  readonly kind: 'depthwiseConv2d';
}

/** dx[n,h,w,c] = Σ dy[n,i,j,o] · w[p,q,c,o] over the (i,p), (j,q), o that read x[n,h,w,c] in the forward pass. */
export interface Conv2dInputGradientCall extends CallBase {
  readonly kind: 'conv2dInputGradient';
  readonly geometry: ConvGeometry;
  readonly write: WriteMode;
  readonly inputs: { readonly outputGradient: BufferId; readonly filter: BufferId };
  readonly outputs: { readonly inputGradient: BufferId };
}

export interface DepthwiseConv2dInputGradientCall extends Omit<Conv2dInputGradientCall, 'kind'> {
  readonly kind: 'depthwiseConv2dInputGradient';
}

/** dw[p,q,c,o] = Σ_{n,i,j} x[n, i·s + p·d − padTop, j·s + q·d − padLeft, c] · dy[n,i,j,o]. */
export interface Conv2dFilterGradientCall extends CallBase {
  readonly kind: 'conv2dFilterGradient';
  readonly geometry: ConvGeometry;
  readonly inputs: { readonly input: BufferId; readonly outputGradient: BufferId };
  readonly outputs: { readonly filterGradient: BufferId };
}

export interface DepthwiseConv2dFilterGradientCall extends Omit<Conv2dFilterGradientCall, 'kind'> {
  readonly kind: 'depthwiseConv2dFilterGradient';
}
