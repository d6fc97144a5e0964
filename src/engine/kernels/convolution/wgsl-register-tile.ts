import { type ConvGeometry, isMatrixProduct } from '../../step-plan/geometry';
import type { WgslContext } from '../wgsl/context';
import { placeOfThread, planRuns, type RowSums, type SumParts, takenRowSums } from '../wgsl/row-sums';
import { type Lanes, lanesFor, typeOf, type WgslShader } from '../wgsl/shader';
import { indices, join } from '../wgsl/text';
import { type ProductVariant, productVariant, registerTile } from '../wgsl/tuning';
import { tileOf } from './wgsl-geometry';

/**
 * How the forward product and that of the input's gradient are cut: a thread keeps a tile of results in
 * registers, some rows (places) by some vectors of channels, so that each number loaded is used several times.
 */
export interface RegisterTile {
  readonly variant: ProductVariant;
  /** Whether there is no window: rows of the result are products of rows of the input. */
  readonly product: boolean;
  readonly rows: number;
  readonly channels: number;
  /** Vectors in a row of the result, and in a row of what it is made from. */
  readonly width: number;
  readonly innerWidth: number;
  readonly lanes: Lanes;
  readonly innerLanes: Lanes;
  /** Vectors of one group in a row of either. */
  readonly groupWidth: number;
  readonly depth: number;
  readonly blocks: number;
  readonly tileRows: number;
  readonly tileColumns: number;
}

export function planRegisterTile(
  context: WgslContext,
  use: 'forward' | 'inputGradient',
  g: ConvGeometry,
): RegisterTile {
  const input = { places: g.batch * g.inputHeight * g.inputWidth, channels: g.inputChannels };
  const output = { places: g.batch * g.outputHeight * g.outputWidth, channels: g.outputChannels };
  const [made, from] = use === 'forward' ? [output, input] : [input, output];
  const lanes = lanesFor(made.channels / g.groups);
  const innerLanes = lanesFor(from.channels / g.groups);
  const variant = productVariant(context.tuning, use, g);
  const tile = registerTile(variant);
  const width = made.channels / lanes;
  const innerWidth = from.channels / innerLanes;
  const tileColumns = tileOf(width / g.groups, tile.columns);
  return {
    variant,
    product: isMatrixProduct(g),
    rows: made.places,
    channels: made.channels,
    width,
    innerWidth,
    lanes,
    innerLanes,
    groupWidth: width / g.groups,
    depth: innerWidth / g.groups,
    blocks: width / tileColumns,
    tileRows: Math.min(made.places, tile.rows),
    tileColumns,
  };
}

interface TileProgram {
  /** Adds the products up in `a00`, `a01`, …; may use `n`, the tile's first column, and `m0`, `m1`, …, its rows. */
  readonly products: string;
  /** The array that results go to, and what is stored at index `at` of column `n`. */
  readonly target: string;
  readonly result: (at: string, n: string, value: string) => string;
  readonly declarations?: string;
}

/** Adds the dispatch. @returns the sums over rows that it takes, where they were asked for */
export function addTiles(
  context: WgslContext,
  shader: WgslShader,
  tile: RegisterTile,
  { products, target, result, declarations = '' }: TileProgram,
  sums: RowSums | null,
): SumParts | null {
  const { rows, width, blocks, tileRows, tileColumns, lanes } = tile;
  const down = indices(tileRows);
  const across = indices(tileColumns);
  const vector = typeOf(lanes);
  shader.sizes('u32', { rows, width, blocks });
  const compute = `${join(down, (r) => join(across, (j) => `var a${r}${j} = ${vector}(0);`))}
${join(down, (r) => `let m${r} = min(m + ${r}u, rows - 1u);`)}
${products}`;
  if (!sums) {
    const body = `let n = i % blocks * ${tileColumns}u;
let m = i / blocks * ${tileRows}u;
${compute}
${join(
  down,
  (r) => `if (m + ${r}u < rows) {
let at = (m + ${r}u) * width + n;
${join(across, (j) => `${target}[at + ${j}u] = ${result(`at + ${j}u`, `n + ${j}u`, `a${r}${j}`)};`)}
}`,
)}`;
    context.add(shader.finish({ threads: Math.ceil(rows / tileRows) * blocks, declarations, body }));
    return null;
  }
  const plan = planRuns(context, { ...tile, unit: tileRows, pieces: 1, beside: blocks });
  const columns = across.map((j) => ({ c: `n + ${j}u` }));
  const taken = takenRowSums(context, shader, sums, plan, columns);
  const place = placeOfThread(plan, 'blocks');
  const [from, step] = plan.team
    ? [`begin + turn * ${tileRows}u`, `turns * ${tileRows}u`]
    : ['begin', `${tileRows}u`];
  // A condition less a result where all tiles are whole: emulated threads pay for each.
  const inside = (r: number) => (rows % tileRows === 0 ? '' : `if (m + ${r}u < rows) `);
  const body = `${place.declarations}
let n = side * ${tileColumns}u;
${taken.begin(place.part)}
for (var m = ${from}; m < end; m += ${step}) {
${compute}
${join(across, (j) =>
  taken.column(
    j,
    join(
      down,
      (r) => `${inside(r)}{
let at = (m + ${r}u) * width + c;
let result = ${result('at', 'c', `a${r}${j}`)};
${target}[at] = result;
${r === 0 ? taken.first('m == begin') : ''}
${taken.each}
}`,
    ),
  ),
)}
${taken.made(`min(${tileRows}u, end - m)`)}
}
${taken.end}`;
  context.add(
    shader.finish({ ...taken.workers, declarations: `${declarations}\n${taken.declarations}`, body }),
  );
  return taken.parts;
}
