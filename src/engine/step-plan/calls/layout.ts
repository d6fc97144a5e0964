import type { BufferId, CallBase } from './call';

/** out[r, outputOffset + c] = x[r, inputOffset + c] for c < count; the rest of out stays. Concatenation, split. */
export interface CopyChannelsCall extends CallBase {
  readonly kind: 'copyChannels';
  readonly rows: number;
  readonly count: number;
  readonly inputChannels: number;
  readonly inputOffset: number;
  readonly outputChannels: number;
  readonly outputOffset: number;
  readonly inputs: { readonly input: BufferId };
  readonly outputs: { readonly output: BufferId };
}

/**
 * `pad`: the picture [inputHeight, inputWidth] set at (top, left) of zeros [outputHeight, outputWidth];
 * `crop`: the window of the output's size cut out at (top, left), the gradient of `pad`.
 */
export interface PadCall extends CallBase {
  readonly kind: 'pad' | 'crop';
  readonly batch: number;
  readonly inputHeight: number;
  readonly inputWidth: number;
  readonly outputHeight: number;
  readonly outputWidth: number;
  readonly channels: number;
  readonly top: number;
  readonly left: number;
  readonly inputs: { readonly input: BufferId };
  readonly outputs: { readonly output: BufferId };
}
