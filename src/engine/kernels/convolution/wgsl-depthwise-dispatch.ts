import type { ConvGeometry } from '../../step-plan/geometry';
import type { WgslContext } from '../wgsl/context';
import { placeOfThread, planRuns, type RowSums, type SumParts, takenRowSums } from '../wgsl/row-sums';
import type { Lanes, WgslShader } from '../wgsl/shader';
import type { Made } from './wgsl-depthwise-axes';
import { type BlockText, lineBlock, wholeBlock } from './wgsl-depthwise-block';

export interface DepthwiseProgram {
  readonly made: Made;
  readonly source: string;
  readonly filter: string;
  readonly target: string;
  readonly lanes: Lanes;
  /** What is stored at index `at` of channel `c`. */
  readonly result: (at: string, c: string, value: string) => string;
  readonly declarations?: string;
}

/**
 * A depthwise layer without dilation or multiplier, forward or backward to its input: a thread makes blocks of results
 * of one channel (or four), each pixel of which is loaded once a block. Adds the dispatch.
 * @returns the sums over rows that it takes, where they were asked for
 */
export function addDepthwise(
  context: WgslContext,
  shader: WgslShader,
  g: ConvGeometry,
  program: DepthwiseProgram,
  sums: RowSums | null,
): SumParts | null {
  const width = g.inputChannels / program.lanes;
  const layer = { ...program, g };
  const isWhole = context.tuning.depthwise === 'scalars';
  const block = isWhole ? wholeBlock(shader, layer) : lineBlock(shader, layer);
  const { vertical, horizontal } = block;
  const grid: Grid = {
    batch: g.batch,
    blocksDown: Math.ceil(vertical.size / vertical.block),
    lineBlocks: Math.ceil(horizontal.size / horizontal.block),
    width,
  };
  shader.sizes('u32', { width, blocksDown: grid.blocksDown, lineBlocks: grid.lineBlocks });
  if (sums) return addRuns(context, shader, program, grid, block, sums);
  addSingleBlocks(context, shader, program, grid, block);
  return null;
}

interface Grid {
  readonly batch: number;
  /** Blocks below each other in a picture, and beside each other. */
  readonly blocksDown: number;
  readonly lineBlocks: number;
  /** Vectors (or channels) in a row. */
  readonly width: number;
}

/** A thread a block. */
function addSingleBlocks(
  context: WgslContext,
  shader: WgslShader,
  { target, result, declarations = '' }: DepthwiseProgram,
  { batch, blocksDown, lineBlocks, width }: Grid,
  { vertical, horizontal, start, make, store }: BlockText,
): void {
  const body = `var rest = i;
let c = rest % width; rest /= width;
let along = i32(rest % lineBlocks) * ${horizontal.block}; rest /= lineBlocks;
let down = i32(rest % blocksDown) * ${vertical.block};
let n = i32(rest / blocksDown);
${start}
${make}
${store((value) => `${target}[at] = ${result('at', 'c', value)};`)}`;
  context.add(shader.finish({ threads: batch * blocksDown * lineBlocks * width, declarations, body }));
}

/** A thread (or a workgroup) one block after the other, whose sums it takes along. */
function addRuns(
  context: WgslContext,
  shader: WgslShader,
  { target, lanes, result, declarations = '' }: DepthwiseProgram,
  { batch, blocksDown, lineBlocks, width }: Grid,
  { vertical, horizontal, start, make, store }: BlockText,
  sums: RowSums,
): SumParts {
  const { block: blockRows } = vertical;
  const { block: columns, size: lineWidth } = horizontal;
  const unit = lineWidth * blockRows;
  // Where blocks reach beyond the picture, backward at a stride, these are more than there are; no gradient counts them.
  const rows = batch * blocksDown * unit;
  const runs = { rows, channels: width * lanes, lanes, unit, pieces: lineBlocks, beside: width };
  const plan = planRuns(context, runs);
  shader.sizes('u32', { rows, unit });
  const taken = takenRowSums(context, shader, sums, plan, [{ c: 'side' }]);
  const place = placeOfThread(plan, 'width');
  const makeBlock = `let down = i32(place / unit % blocksDown) * ${blockRows};
let n = i32(place / unit / blocksDown);
${make}
${store(
  (value, isFirst) => `let result = ${result('at', 'c', value)};
${target}[at] = result;
${isFirst ? taken.first('(place == begin) & (along == 0)') : ''}
${taken.each}`,
)}
${taken.made(`${blockRows} * min(${columns}, lineWidth - along)`)}`;
  const overBlocks = plan.team
    ? `for (var piece = turn; piece < (end - begin) / unit * lineBlocks; piece += turns) {
let place = begin + piece / lineBlocks * unit;
let along = i32(piece % lineBlocks) * ${columns};
${makeBlock}
}`
    : `for (var place = begin; place < end; place += unit) {
for (var along = 0; along < lineWidth; along += ${columns}) {
${makeBlock}
}
}`;
  const body = `${place.declarations}
${taken.begin(place.part)}
${taken.column(0, `${start}\n${overBlocks}`)}
${taken.end}`;
  const all = `${declarations}\n${taken.declarations}`;
  context.add(shader.finish({ ...taken.workers, declarations: all, body }));
  return taken.parts;
}
