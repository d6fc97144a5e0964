import type { CallOf } from '../../step-plan/operations';
import type { WgslContext } from '../wgsl/context';
import type { SumParts } from '../wgsl/row-sums';
import { component, typeOf } from '../wgsl/shader';
import { indices, join } from '../wgsl/text';
import { declareGeometry, placesFrom } from './wgsl-geometry';
import { type GradientUse, gradientEnd } from './wgsl-gradient-end';
import { addTiles, planRegisterTile } from './wgsl-register-tile';
import { addTiledProduct, isTiled } from './wgsl-tiled-product';

/** As the forward product, over the outputs that read a pixel; the filter is read along its output channels. */
export function conv2dInputGradient(
  call: CallOf<'conv2dInputGradient'>,
  context: WgslContext,
  use: GradientUse | null = null,
): SumParts | null {
  const g = call.geometry;
  const tile = planRegisterTile(context, 'inputGradient', g);
  const { variant, product, rows, width, lanes, innerLanes } = tile;
  const down = indices(tile.tileRows);
  const across = indices(tile.tileColumns);

  const shader = context.shader(call);
  const dy = shader.reads('dy', context.range(call.inputs.outputGradient), innerLanes);
  const w = shader.reads('w', context.range(call.inputs.filter), innerLanes);
  const { target, result, declarations } = gradientEnd(call, use, context, shader, lanes);
  if (product && isTiled(variant, g.inputChannels, g.outputChannels)) {
    const sizes = { rows, vectors: width, inner: g.outputChannels, splits: 1, partStride: 0 };
    const end = { target, result, declarations };
    const tiled = { use: 'inputGradient', variant, ...sizes, a: dy, b: w, ...end } as const;
    return addTiledProduct(context, shader, tiled, use?.sums ?? null);
  }
  const { depth, innerWidth, groupWidth } = tile;
  shader.sizes('u32', { depth, innerWidth });
  if (!product) declareGeometry(shader, g);
  if (!product) shader.sizes('u32', { groupWidth });

  const dot = (a: string, b: string) => (innerLanes === 4 ? `dot(${a}, ${b})` : `${a} * ${b}`);
  const channels = indices(lanes);
  const overDepth = `for (var k = 0u; k < depth; k++) {
${join(down, (r) => (product ? `let d${r} = ${dy}[p${r} + k];` : `let d${r} = select(${typeOf(innerLanes)}(0), ${dy}[p${r} + k], ok${r});`))}
${join(
  across,
  (j) => `${join(channels, (q) => `let w${j}${q} = ${w}[tap + ${j * lanes + q}u * innerWidth + k];`)}
${join(down, (r) => join(channels, (q) => `a${r}${j}${component(lanes, q)} += ${dot(`d${r}`, `w${j}${q}`)};`))}`,
)}
}`;
  const products = product
    ? `let tap = n * ${lanes}u * innerWidth;\n${join(down, (r) => `let p${r} = m${r} * innerWidth;`)}\n${overDepth}`
    : `let firstOutput = n / groupWidth * depth;
let corner = n % groupWidth * ${lanes}u * innerWidth + firstOutput;
${placesFrom('m', down.length, 'inputWidth', 'inputHeight')}
${join(down, (r) => `let right${r} = column${r} + padLeft;\nlet below${r} = line${r} + padTop;`)}
for (var ky = 0; ky < kernelHeight; ky++) {
for (var kx = 0; kx < kernelWidth; kx++) {
let tap = corner + u32(ky * kernelWidth + kx) * groupWidth * ${lanes}u * innerWidth;
${join(
  down,
  (r) => `let ty${r} = below${r} - ky * dilationHeight;
let tx${r} = right${r} - kx * dilationWidth;
let oy${r} = ty${r} / strideHeight;
let ox${r} = tx${r} / strideWidth;
let ok${r} = (ty${r} >= 0) & (tx${r} >= 0) & (oy${r} < outputHeight) & (ox${r} < outputWidth) & (oy${r} * strideHeight == ty${r}) & (ox${r} * strideWidth == tx${r});
let p${r} = u32(select(0, (picture${r} * outputHeight + oy${r}) * outputWidth + ox${r}, ok${r})) * innerWidth + firstOutput;`,
)}
if (${down.map((r) => `ok${r}`).join(' | ')}) {
${overDepth}
}
}
}`;
  return addTiles(context, shader, tile, { products, target, result, declarations }, use?.sums ?? null);
}
