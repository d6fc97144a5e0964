import type { UnfoldGradientCall } from '../../step-plan/calls/normalisation';
import { isMatrixProduct } from '../../step-plan/geometry';
import type { CallOf } from '../../step-plan/operations';
import type { WgslContext } from '../wgsl/context';
import { component, lanesFor, typeOf } from '../wgsl/shader';
import { indices, join } from '../wgsl/text';
import { productVariant, registerTile, splitsFor } from '../wgsl/tuning';
import { filterGradientTarget, unfoldFactor } from './wgsl-filter-end';
import { alongPlaces, filterParts } from './wgsl-filter-window';
import { declareGeometry, tileOf } from './wgsl-geometry';
import { addTiledProduct, isTiled, type TiledProduct, tiledSplits } from './wgsl-tiled-product';

/** Numbers of a filter's row, over all taps, that a thread keeps. */
const MOST_OF_ROW = 12;

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
  const width = g.outputChannels / lanes;
  const product = isMatrixProduct({ ...g, groups: 1 });
  const variant = productVariant(context.tuning, 'filterGradient', g);
  if (isMatrixProduct(g) && isTiled(variant, g.inputChannels, g.outputChannels)) {
    tiledFilterGradient(call, context, variant, unfold);
    return;
  }
  const tile = registerTile(variant);
  const filter = filterParts(g, product, inputLanes);
  // A block is square or nearly so: twice the rows of a forward tile in half as many vectors of inputs.
  const mostScalars = filter.cut === 'rows' ? MOST_OF_ROW : 4;
  const tileInputs = tileOf(filter.inputs, inputLanes === 4 ? tile.rows / 2 : mostScalars);
  const tileColumns = tileOf(groupOutputs / lanes, tile.columns);
  const inputBlocks = filter.inputs / tileInputs;
  const blocks = width / tileColumns;
  const beside = filter.count * inputBlocks * blocks;
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
  shader.sizes('u32', { groupWidth: groupOutputs / lanes, partStride: stride / lanes });
  shader.sizes('u32', { filterParts: filter.count, partInputs: filter.inputs });
  if (!product) declareGeometry(shader, g);
  const rowsOfTile = indices(tileInputs * inputLanes);
  const across = indices(tileColumns);
  const { start, place, input, next } = alongPlaces(filter, tileInputs, x, inputLanes);
  const body = `var rest = i;
let n = rest % blocks * ${tileColumns}u; rest /= blocks;
let block = rest % inputBlocks; rest /= inputBlocks;
let tap = rest % filterParts;
let part = rest / filterParts;
let first = n / groupWidth * groupVectors + block * ${tileInputs}u;
${join(rowsOfTile, (r) => join(across, (j) => `var a${r}_${j} = ${typeOf(lanes)}(0);`))}
let begin = part * share;
let end = min(begin + share, places);
${start}
for (var m = begin; m < end; m++) {
${place}
${join(across, (j) => `let d${j} = ${dy}[m * width + n + ${j}u];`)}
${join(indices(tileInputs), (b) => `let x${b} = ${input(b)};`)}
${join(rowsOfTile, (r) => join(across, (j) => `a${r}_${j} += x${Math.floor(r / inputLanes)}${component(inputLanes, r % inputLanes)} * d${j};`))}
${next}
}
let at = part * partStride + (tap * partInputs * ${inputLanes}u + block * ${rowsOfTile.length}u) * width + n;
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
