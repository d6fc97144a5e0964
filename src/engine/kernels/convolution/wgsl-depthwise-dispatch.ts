import type { ConvGeometry } from '../../step-plan/geometry';
import type { WgslContext } from '../wgsl/context';
import { placeOfThread, planRuns, type RowSums, type SumParts, takenRowSums } from '../wgsl/row-sums';
import type { Lanes, WgslShader } from '../wgsl/shader';
import { blockAxes, type Made } from './wgsl-depthwise-axes';
import { type BlockText, blockText } from './wgsl-depthwise-block';

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
  const { made, lanes } = program;
  const axes = blockAxes(context.tuning, made, g);
  const width = g.inputChannels / lanes;
  const lineBlocks = Math.ceil(axes.horizontal.size / axes.horizontal.block);
  shader.sizes('u32', { width, lineBlocks });
  const text = blockText(shader, axes, program, lanes);
  const cut: Cut = {
    batch: g.batch,
    lineWidth: axes.horizontal.size,
    blocksDown: Math.ceil(axes.vertical.size / axes.vertical.block),
    blockRows: axes.vertical.block,
    blockColumns: axes.horizontal.block,
    width,
    lineBlocks,
  };
  shader.sizes('u32', { blocksDown: cut.blocksDown });
  if (sums) return addRuns(context, shader, program, cut, text, sums);
  addSingleBlocks(context, shader, program, cut, text);
  return null;
}

interface Cut {
  readonly batch: number;
  /** Of the picture that is made, and how many blocks lie below each other in it. */
  readonly lineWidth: number;
  readonly blocksDown: number;
  readonly blockRows: number;
  readonly blockColumns: number;
  /** Vectors (or channels) in a row, and blocks in a line. */
  readonly width: number;
  readonly lineBlocks: number;
}

/** A thread a block. */
function addSingleBlocks(
  context: WgslContext,
  shader: WgslShader,
  { target, result, declarations = '' }: DepthwiseProgram,
  { batch, blocksDown, blockRows, blockColumns, width, lineBlocks }: Cut,
  { filter, load, store }: BlockText,
): void {
  const body = `var rest = i;
let c = rest % width; rest /= width;
let along = i32(rest % lineBlocks) * ${blockColumns}; rest /= lineBlocks;
let down = i32(rest % blocksDown) * ${blockRows};
let n = i32(rest / blocksDown);
${filter}
${load}
${store((value) => `${target}[at] = ${result('at', 'c', value)};`)}`;
  context.add(shader.finish({ threads: batch * blocksDown * lineBlocks * width, declarations, body }));
}

/** A thread (or a workgroup) one block after the other, whose sums it takes along. */
function addRuns(
  context: WgslContext,
  shader: WgslShader,
  { target, lanes, result, declarations = '' }: DepthwiseProgram,
  { batch, lineWidth, blocksDown, blockRows, blockColumns, width, lineBlocks }: Cut,
  { filter, load, store }: BlockText,
  sums: RowSums,
): SumParts {
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
${load}
${store(
  (value, isFirst) => `let result = ${result('at', 'c', value)};
${target}[at] = result;
${isFirst ? taken.first('(place == begin) & (along == 0)') : ''}
${taken.each}`,
)}
${taken.made(`${blockRows} * min(${blockColumns}, lineWidth - along)`)}`;
  // Where threads are emulated it keeps the filter; a graphics processor has it at hand, but no registers to keep it in.
  const overBlocks = plan.team
    ? `for (var piece = turn; piece < (end - begin) / unit * lineBlocks; piece += turns) {
let place = begin + piece / lineBlocks * unit;
let along = i32(piece % lineBlocks) * ${blockColumns};
${filter}
${makeBlock}
}`
    : `${filter}
for (var place = begin; place < end; place += unit) {
for (var along = 0; along < lineWidth; along += ${blockColumns}) {
${makeBlock}
}
}`;
  const body = `${place.declarations}
${taken.begin(place.part)}
${taken.column(0, overBlocks)}
${taken.end}`;
  const all = `${declarations}\n${taken.declarations}`;
  context.add(shader.finish({ ...taken.workers, declarations: all, body }));
  return taken.parts;
}
