import type { ConvGeometry } from '../../step-plan/geometry';
import type { WgslShader } from '../wgsl/shader';
import { indices, join } from '../wgsl/text';

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

/**
 * Declares `column0`, `line0`, `picture0` (i32) of place `m0` of [pictures, height, width], and those of the `count` − 1
 * places after it without another division, which costs as much as a dozen products.
 */
export function placesFrom(first: string, count: number, width: string, height: string): string {
  const start = `let column0 = i32(${first}) % ${width};
let line0 = i32(${first}) / ${width} % ${height};
let picture0 = i32(${first}) / ${width} / ${height};`;
  return `${start}
${join(indices(count - 1), (r) => placeAfter(String(r), String(r + 1), width, height))}`;
}

/** Declares the place after that whose names end in `from`. */
export function placeAfter(from: string, to: string, width: string, height: string): string {
  return `let isLineEnd${to} = column${from} + 1 == ${width};
let isEnd${to} = isLineEnd${to} & (line${from} + 1 == ${height});
let column${to} = select(column${from} + 1, 0, isLineEnd${to});
let line${to} = select(line${from} + i32(isLineEnd${to}), 0, isEnd${to});
let picture${to} = picture${from} + i32(isEnd${to});`;
}
