import type { CallOf } from '../../step-plan/operations';
import { activateFunction } from '../activation/wgsl';
import { optionalRange, type WgslContext } from '../wgsl/context';
import type { RowSums, SumParts } from '../wgsl/row-sums';
import { component, typeOf } from '../wgsl/shader';
import { indices, join } from '../wgsl/text';
import { declareGeometry, placesFrom } from './wgsl-geometry';
import { addTiles, planRegisterTile } from './wgsl-register-tile';
import { addTiledProduct, isTiled } from './wgsl-tiled-product';

/** Channels of a pixel that are taken without a loop. */
const MOST_UNROLLED = 4;

/** Loops are unrolled over the tile only: large unrolled shaders take minutes to compile. */
export function conv2d(
  call: CallOf<'conv2d'>,
  context: WgslContext,
  sums: RowSums | null = null,
): SumParts | null {
  const g = call.geometry;
  const tile = planRegisterTile(context, 'forward', g);
  const { variant, product, rows, width, lanes, innerLanes } = tile;
  const down = indices(tile.tileRows);
  const across = indices(tile.tileColumns);

  const shader = context.shader(call);
  const x = shader.reads('x', context.range(call.inputs.input), innerLanes);
  const w = shader.reads('w', context.range(call.inputs.filter), lanes);
  const biasRange = optionalRange(context, call.inputs.bias);
  const bias = biasRange && shader.reads('bias', biasRange, lanes);
  const residualRange = optionalRange(context, call.inputs.residual);
  const residual = residualRange && shader.reads('residual', residualRange, lanes);
  const y = shader.writes('y', context.range(call.outputs.output), lanes);
  const result = (at: string, n: string, value: string) => {
    const terms = [value];
    if (bias) terms.push(`${bias}[${n}]`);
    if (residual) terms.push(`${residual}[${at}]`);
    return `activate(${terms.join(' + ')})`;
  };
  const declarations = activateFunction(call.activation, lanes);
  if (product && isTiled(variant, g.inputChannels, g.outputChannels)) {
    const sizes = { rows, vectors: width, inner: g.inputChannels, splits: 1, partStride: 0 };
    const end = { target: y, result, declarations };
    return addTiledProduct(context, shader, { use: 'forward', variant, ...sizes, a: x, b: w, ...end }, sums);
  }
  const { depth, innerWidth, groupWidth } = tile;
  shader.sizes('u32', { depth });
  if (!product) declareGeometry(shader, g);
  if (!product) shader.sizes('u32', { innerWidth, groupWidth });

  const pixel = (r: number, k: string) => {
    const value = `${x}[p${r} + ${k}]`;
    return product ? value : `select(${typeOf(innerLanes)}(0), ${value}, ok${r})`;
  };
  const step = (k: string) => `{
${join(down, (r) => `let x${r} = ${pixel(r, k)};`)}
${join(
  indices(innerLanes),
  (q) => `let at${q} = tap + (${k} * ${innerLanes}u + ${q}u) * width + n;
${join(across, (j) => `let w${q}${j} = ${w}[at${q} + ${j}u];`)}
${join(down, (r) => join(across, (j) => `a${r}${j} += x${r}${component(innerLanes, q)} * w${q}${j};`))}`,
)}
}`;
  // Without a loop where it is short, as over a picture's channels: a loop hands on all numbers of the tile.
  const overDepth =
    innerLanes === 1 && depth <= MOST_UNROLLED
      ? join(indices(depth), (k) => step(`${k}u`))
      : `for (var k = 0u; k < depth; k++) ${step('k')}`;
  const products = product
    ? `let tap = 0u;\n${join(down, (r) => `let p${r} = m${r} * depth;`)}\n${overDepth}`
    : `let firstInput = n / groupWidth * depth;
${placesFrom('m', down.length, 'outputWidth', 'outputHeight')}
${join(
  down,
  (r) => `let left${r} = column${r} * strideWidth - padLeft;
let top${r} = line${r} * strideHeight - padTop;`,
)}
for (var ky = 0; ky < kernelHeight; ky++) {
for (var kx = 0; kx < kernelWidth; kx++) {
let tap = u32(ky * kernelWidth + kx) * depth * ${innerLanes}u * width;
${join(
  down,
  (r) => `let iy${r} = top${r} + ky * dilationHeight;
let ix${r} = left${r} + kx * dilationWidth;
let ok${r} = (iy${r} >= 0) & (iy${r} < inputHeight) & (ix${r} >= 0) & (ix${r} < inputWidth);
let p${r} = u32(select(0, (picture${r} * inputHeight + iy${r}) * inputWidth + ix${r}, ok${r})) * innerWidth + firstInput;`,
)}
${overDepth}
}
}`;
  return addTiles(context, shader, tile, { products, target: y, result, declarations }, sums);
}
