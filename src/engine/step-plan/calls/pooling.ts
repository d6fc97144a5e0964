import type { WindowGeometry } from '../geometry';
import type { BufferId, CallBase } from './call';

/** Maximum or mean over the pixels of the window that lie in the picture. Global pooling: window = picture. */
export interface PoolCall extends CallBase {
  readonly kind: 'maxPool' | 'averagePool';
  readonly geometry: WindowGeometry;
  readonly inputs: { readonly input: BufferId };
  readonly outputs: { readonly output: BufferId };
}

/** dx: dy of each window goes to its first maximum in row order (PyTorch). */
export interface MaxPoolGradientCall extends CallBase {
  readonly kind: 'maxPoolGradient';
  readonly geometry: WindowGeometry;
  readonly inputs: { readonly input: BufferId; readonly outputGradient: BufferId };
  readonly outputs: { readonly inputGradient: BufferId };
}

/** dx: dy of each window, divided by its pixels inside the picture, goes to each of them. */
export interface AveragePoolGradientCall extends CallBase {
  readonly kind: 'averagePoolGradient';
  readonly geometry: WindowGeometry;
  readonly inputs: { readonly outputGradient: BufferId };
  readonly outputs: { readonly inputGradient: BufferId };
}
