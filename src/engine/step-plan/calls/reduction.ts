import type { BufferId, CallBase, WriteMode } from './call';

/** out[c] = Σ_rows x[row, c]: the gradient of a bias. */
export interface SumRowsCall extends CallBase {
  readonly kind: 'sumRows';
  readonly rows: number;
  readonly channels: number;
  readonly inputs: { readonly input: BufferId };
  readonly outputs: { readonly output: BufferId };
}

/**
 * out[n, c] = scale · Σ_positions x[n, p, c] · factor[n, p, c] (factor null: 1). Global average pooling is
 * scale = 1 / positions; the gradient of a broadcast b of `add` is scale 1, of `multiply` factor = a.
 */
export interface SumPositionsCall extends CallBase {
  readonly kind: 'sumPositions';
  readonly batch: number;
  readonly positions: number;
  readonly channels: number;
  readonly scale: number;
  readonly inputs: { readonly input: BufferId; readonly factor: BufferId | null };
  readonly outputs: { readonly output: BufferId };
}

/** out[n, p, c] = (or +=) scale · x[n, c]: the gradient of global average pooling. */
export interface SpreadPositionsCall extends CallBase {
  readonly kind: 'spreadPositions';
  readonly batch: number;
  readonly positions: number;
  readonly channels: number;
  readonly scale: number;
  readonly write: WriteMode;
  readonly inputs: { readonly input: BufferId };
  readonly outputs: { readonly output: BufferId };
}
