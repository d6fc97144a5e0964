import type { ConvGeometry } from '../../step-plan/geometry';
import type { WgslShader } from '../wgsl/shader';

/** Declares the sizes of a convolution's window under the names they have in `ConvGeometry`, as i32. */
export function declareGeometry(shader: WgslShader, g: ConvGeometry): void {
  const { inputHeight, inputWidth, outputHeight, outputWidth, kernelHeight, kernelWidth } = g;
  const { strideHeight, strideWidth, dilationHeight, dilationWidth, padTop, padLeft } = g;
  shader.sizes('i32', { inputHeight, inputWidth, outputHeight, outputWidth, kernelHeight, kernelWidth });
  shader.sizes('i32', { strideHeight, strideWidth, dilationHeight, dilationWidth, padTop, padLeft });
}

/** The largest tile up to `most` that divides the count. */
export function tileOf(count: number, most: number): number {
  let tile = most;
  while (count % tile !== 0) tile -= 1;
  return tile;
}
