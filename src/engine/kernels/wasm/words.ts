import type { Activation } from '../../../core/graph/graph';
import type { WindowGeometry } from '../../step-plan/geometry';

/** As simd/activation.as.ts numbers them. */
export const ACTIVATION_NUMBERS: Readonly<Record<Activation, number>> = {
  linear: 0,
  relu: 1,
  relu6: 2,
  silu: 3,
  hardSwish: 4,
  sigmoid: 5,
  hardSigmoid: 6,
  kerasHardSigmoid: 7,
  tanh: 8,
  gelu: 9,
  geluTanh: 10,
  softmax: 11,
};

/** As simd/windows.as.ts reads them. */
export function geometryWords(geometry: WindowGeometry & { readonly groups?: number }): readonly number[] {
  return [
    geometry.batch,
    geometry.inputHeight,
    geometry.inputWidth,
    geometry.inputChannels,
    geometry.outputHeight,
    geometry.outputWidth,
    geometry.outputChannels,
    geometry.kernelHeight,
    geometry.kernelWidth,
    geometry.strideHeight,
    geometry.strideWidth,
    geometry.dilationHeight,
    geometry.dilationWidth,
    geometry.padTop,
    geometry.padLeft,
    geometry.groups ?? 1,
  ];
}
