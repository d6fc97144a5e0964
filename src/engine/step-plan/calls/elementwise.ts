import type { Activation } from '../../../core/graph/graph';
import type { BufferId, CallBase, ScalarId } from './call';

/** y = activation(x), elementwise; softmax over the channels of each row (maximum taken off first). */
export interface ActivationCall extends CallBase {
  readonly kind: 'activation';
  readonly activation: Activation;
  readonly rows: number;
  readonly channels: number;
  readonly inputs: { readonly input: BufferId };
  readonly outputs: { readonly output: BufferId };
}

/**
 * dx = dy · activation′; the derivative from what `activationGradientReads` says: the input or the
 * output (the other is null). ReLU: y > 0; ReLU6: 0 < y < 6 (PyTorch's open interval);
 * softmax: dx = y · (dy − Σ_c dy · y).
 */
export interface ActivationGradientCall extends CallBase {
  readonly kind: 'activationGradient';
  readonly activation: Activation;
  readonly rows: number;
  readonly channels: number;
  readonly inputs: {
    readonly outputGradient: BufferId;
    readonly input: BufferId | null;
    readonly output: BufferId | null;
  };
  readonly outputs: { readonly inputGradient: BufferId };
}

/**
 * y = activation(a + b), or y = activation(a · b). `perPicture`: b is [batch, channels] and spreads over
 * the positions of a [batch, positions, channels]; `none`: same shape.
 */
export interface ElementwiseCall extends CallBase {
  readonly kind: 'add' | 'multiply';
  readonly broadcast: 'none' | 'perPicture';
  readonly activation: Activation;
  readonly batch: number;
  readonly positions: number;
  readonly channels: number;
  readonly inputs: { readonly a: BufferId; readonly b: BufferId };
  readonly outputs: { readonly output: BufferId };
}

/** target ← target + source. */
export interface AccumulateCall extends CallBase {
  readonly kind: 'accumulate';
  readonly elements: number;
  readonly inputs: { readonly source: BufferId };
  readonly outputs: { readonly target: BufferId };
}

/**
 * y[i] = keep(i) ? x[i] / (1 − rate) : 0; its own gradient. keep(i) is a pure function of the step's seed
 * (an integer below 2²⁴, so that a float32 holds it), `salt` (one a layer) and i: see `dropoutKeeps`.
 */
export interface DropoutCall extends CallBase {
  readonly kind: 'dropout';
  readonly elements: number;
  readonly rate: number;
  readonly salt: number;
  readonly seed: ScalarId;
  readonly inputs: { readonly input: BufferId };
  readonly outputs: { readonly output: BufferId };
}

/** y = scale · x + offset. */
export interface RescaleCall extends CallBase {
  readonly kind: 'rescale';
  readonly elements: number;
  readonly scale: number;
  readonly offset: number;
  readonly inputs: { readonly input: BufferId };
  readonly outputs: { readonly output: BufferId };
}

/** target ← 0: the gradient of a variable that the loss does not depend on. */
export interface ZeroCall extends CallBase {
  readonly kind: 'zero';
  readonly elements: number;
  readonly inputs: Readonly<Record<string, never>>;
  readonly outputs: { readonly target: BufferId };
}
