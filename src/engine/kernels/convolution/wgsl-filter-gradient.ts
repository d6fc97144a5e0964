import type { UnfoldGradientCall } from '../../step-plan/calls/normalisation';
import { isMatrixProduct } from '../../step-plan/geometry';
import type { CallOf } from '../../step-plan/operations';
import type { WgslContext } from '../wgsl/context';
import { component, lanesFor, typeOf } from '../wgsl/shader';
import { indices, join } from '../wgsl/text';
import { productVariant, registerTile, splitsFor } from '../wgsl/tuning';
import { filterGradientTarget, unfoldFactor } from './wgsl-filter-end';
import { declareGeometry, tileOf } from './wgsl-geometry';
import { addTiledProduct, isTiled, type TiledProduct, tiledSplits } from './wgsl-tiled-product';

/**
 * The product xᵀ · dy, split along its long inner axis (the places of the output): every thread keeps a block of
 * the filter in registers and runs over its share of the places. One thread a weight over all of them, the
 * obvious way, is some 27 times slower.
 */
export function conv2dFilterGradient(
  call: CallOf<'conv2dFilterGradient'>,
  context: WgslContext,
  unfold: UnfoldGradientCall | null = null,
): void {
  const g = call.geometry;
  const groupInputs = g.inputChannels / g.groups;
  const groupOutputs = g.outputChannels / g.groups;
  const lanes = lanesFor(groupOutputs);
  const inputLanes = lanesFor(groupInputs);
  const places = g.batch * g.outputHeight * g.outputWidth;
  const taps = g.kernelHeight * g.kernelWidth;
  const width = g.outputChannels / lanes;
  const product = isMatrixProduct({ ...g, groups: 1 });
  const variant = productVariant(context.tuning, 'filterGradient', g);
  if (isMatrixProduct(g) && isTiled(variant, g.inputChannels, g.outputChannels)) {
    tiledFilterGradient(call, context, variant, unfold);
    return;
  }
  // A block is square or nearly so: twice the rows of a forward tile in half as many vectors of inputs.
  const tile = registerTile(variant);
  const tileInputs = tileOf(groupInputs / inputLanes, inputLanes === 4 ? tile.rows / 2 : 4);
  const tileColumns = tileOf(groupOutputs / lanes, tile.columns);
  const inputBlocks = groupInputs / inputLanes / tileInputs;
  const blocks = width / tileColumns;
  const beside = taps * inputBlocks * blocks;
  const target = filterGradientTarget(call.outputs.filterGradient, unfold, context);
  const splits = splitsFor(context.tuning, places, beside, 64);
  const share = Math.ceil(places / splits);
  const { parts, stride } = context.split(target, splits);

  const shader = context.shader(call);
  const x = shader.reads('x', context.range(call.inputs.input), inputLanes);
  const dy = shader.reads('dy', context.range(call.inputs.outputGradient), lanes);
  const dw = shader.writes('dw', parts, lanes);
  const factor = unfoldFactor(unfold, context, shader, lanes);
  const inputVectors = g.inputChannels / inputLanes;
  const groupVectors = groupInputs / inputLanes;
  shader.sizes('u32', { places, share, width, blocks, inputBlocks, inputVectors, groupVectors });
  shader.sizes('u32', { groupWidth: groupOutputs / lanes, partStride: stride / lanes, taps });
  if (!product) declareGeometry(shader, g);
  const rowsOfTile = indices(tileInputs * inputLanes);
  const across = indices(tileColumns);
  const body = `var rest = i;
let n = rest % blocks * ${tileColumns}u; rest /= blocks;
let block = rest % inputBlocks; rest /= inputBlocks;
let tap = rest % taps;
let part = rest / taps;
let first = n / groupWidth * groupVectors + block * ${tileInputs}u;
${join(rowsOfTile, (r) => join(across, (j) => `var a${r}_${j} = ${typeOf(lanes)}(0);`))}
${
  product
    ? ''
    : `let down = i32(tap) / kernelWidth * dilationHeight - padTop;
let along = i32(tap) % kernelWidth * dilationWidth - padLeft;`
}
for (var m = part * share; m < min(part * share + share, places); m++) {
${
  product
    ? 'let p = m * inputVectors + first;'
    : `let q = i32(m) / outputWidth;
let iy = q % outputHeight * strideHeight + down;
let ix = i32(m) % outputWidth * strideWidth + along;
if ((iy < 0) | (iy >= inputHeight) | (ix < 0) | (ix >= inputWidth)) { continue; }
let p = u32((q / outputHeight * inputHeight + iy) * inputWidth + ix) * inputVectors + first;`
}
${join(across, (j) => `let d${j} = ${dy}[m * width + n + ${j}u];`)}
${join(indices(tileInputs), (b) => `let x${b} = ${x}[p + ${b}u];`)}
${join(rowsOfTile, (r) => join(across, (j) => `a${r}_${j} += x${Math.floor(r / inputLanes)}${component(inputLanes, r % inputLanes)} * d${j};`))}
}
let at = part * partStride + (tap * groupVectors * ${inputLanes}u + block * ${rowsOfTile.length}u) * width + n;
${unfold ? join(across, (j) => `let factor${j} = ${typeOf(lanes)}(1)${factor(`n + ${j}u`)};`) : ''}
${join(rowsOfTile, (r) => join(across, (j) => `${dw}[at + ${r}u * width + ${j}u] = a${r}_${j}${unfold ? ` * factor${j}` : ''};`))}`;
  context.add(shader.finish({ threads: beside * splits, body }));
}

function tiledFilterGradient(
  call: CallOf<'conv2dFilterGradient'>,
  context: WgslContext,
  variant: TiledProduct['variant'],
  unfold: UnfoldGradientCall | null,
): void {
  const g = call.geometry;
  const inner = g.batch * g.outputHeight * g.outputWidth;
  const sizes = { rows: g.inputChannels, vectors: g.outputChannels / 4, inner };
  const target = filterGradientTarget(call.outputs.filterGradient, unfold, context);
  const splits = tiledSplits(context.tuning.threads, variant, sizes);
  const { parts, stride } = context.split(target, splits);
  const shader = context.shader(call);
  const a = shader.reads('x', context.range(call.inputs.input), 4);
  const b = shader.reads('dy', context.range(call.inputs.outputGradient), 4);
  const dw = shader.writes('dw', parts, 4);
  const factor = unfoldFactor(unfold, context, shader, 4);
  const result = (_at: string, n: string, value: string) => `${value}${factor(n)}`;
  const cut = { use: 'filterGradient', variant, ...sizes, splits, partStride: stride / 4 } as const;
  addTiledProduct(context, shader, { ...cut, a, b, target: dw, result, declarations: '' }, null);
}
