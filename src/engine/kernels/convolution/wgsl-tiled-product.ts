import type { WgslContext } from '../wgsl/context';
import { planTeamRuns, type RowSums, type SumParts, takenRowSums } from '../wgsl/row-sums';
import type { WgslShader } from '../wgsl/shader';
import { TEAM, type Team } from '../wgsl/team';
import { indices, join } from '../wgsl/text';
import type { ProductUse, ProductVariant } from '../wgsl/tuning';

/** Steps along the inner axis that lie in workgroup memory at once. */
const DEPTH = 16;
/** A workgroup is 8 × 8 threads. */
const SIDE = 8;

export interface TiledProduct {
  readonly use: ProductUse;
  readonly variant: Extract<ProductVariant, 'workgroup32' | 'workgroup64'>;
  /** Of the result; columns in vectors of four. */
  readonly rows: number;
  readonly vectors: number;
  /** Length of the inner axis, in numbers; a multiple of four but for a filter's gradient. */
  readonly inner: number;
  /** Parts of the inner axis, and vectors between their results. */
  readonly splits: number;
  readonly partStride: number;
  readonly a: string;
  readonly b: string;
  /** The array that results go to, and what is stored of `value`, the vector at column `n`, at index `at`. */
  readonly target: string;
  readonly result: (at: string, n: string, value: string) => string;
  readonly declarations: string;
}

/** When the product of a part is done, what lay in workgroup memory makes room for the sums of its threads. */
const TILE_TEAM: Team = {
  across: SIDE,
  turns: TEAM / SIDE,
  shared: (lane) => ({ a: `right[${lane}]`, b: `right[${TEAM}u + ${lane}]`, count: `left[${lane}]` }),
  declarations: '',
};

/**
 * result[m, n] = Σ_k a · b through tiles in workgroup memory: each number is loaded once a tile and not once a
 * thread. `left[k][m]` and `right[k][n]` lie the same way whatever way a and b are stored:
 * forward a[m, k], b[k, n]; input gradient a[m, k], b[n, k]; filter gradient a[k, m], b[k, n].
 * Adds the dispatch; a workgroup that takes sums over rows along makes one tile of its part after the other.
 * @returns the sums over rows, where they were asked for
 */
export function addTiledProduct(
  context: WgslContext,
  shader: WgslShader,
  p: TiledProduct,
  sums: RowSums | null,
): SumParts | null {
  const perThread = p.variant === 'workgroup64' ? { rows: 8, vectors: 2 } : { rows: 4, vectors: 1 };
  const tileRows = SIDE * perThread.rows;
  const tileVectors = SIDE * perThread.vectors;
  const down = indices(perThread.rows);
  const across = indices(perThread.vectors);
  const rowBlocks = Math.ceil(p.rows / tileRows);
  const columnBlocks = Math.ceil(p.vectors / tileVectors);
  const { rows, vectors, inner, partStride } = p;
  const innerShare = Math.ceil(Math.ceil(inner / p.splits) / DEPTH) * DEPTH;
  shader.sizes('u32', { rows, vectors, inner, innerShare, rowBlocks, columnBlocks, partStride });

  const overThreads = (count: number, statements: string) =>
    `for (var s = lane; s < ${count}u; s += 64u) {\n${statements}\n}`;
  const alongRows = (name: string, column: string, value: string) =>
    ['x', 'y', 'z', 'w']
      .map((part, q) => `${name}[(k + ${q}u) * ${tileRows}u + ${column}] = ${value}.${part};`)
      .join('\n');
  const loadLeft =
    p.use === 'filterGradient'
      ? overThreads(
          (DEPTH * tileRows) / 4,
          `let k = s / ${tileRows / 4}u;
let column = s % ${tileRows / 4}u;
var value = vec4f(0);
if ((start + k < innerEnd) & (m0 / 4u + column < rows / 4u)) { value = ${p.a}[(start + k) * (rows / 4u) + m0 / 4u + column]; }
${['x', 'y', 'z', 'w'].map((part, q) => `left[k * ${tileRows}u + column * 4u + ${q}u] = value.${part};`).join('\n')}`,
        )
      : overThreads(
          (DEPTH * tileRows) / 4,
          `let k = s % ${DEPTH / 4}u * 4u;
let row = s / ${DEPTH / 4}u;
var value = vec4f(0);
if ((start + k < innerEnd) & (m0 + row < rows)) { value = ${p.a}[((m0 + row) * inner + start + k) / 4u]; }
${alongRows('left', 'row', 'value')}`,
        );
  const loadRight =
    p.use === 'inputGradient'
      ? overThreads(
          (DEPTH / 4) * tileVectors * 4,
          `let k = s % ${DEPTH / 4}u * 4u;
let column = s / ${DEPTH / 4}u;
var value = vec4f(0);
if ((start + k < innerEnd) & (n0 * 4u + column < vectors * 4u)) { value = ${p.b}[((n0 * 4u + column) * inner + start + k) / 4u]; }
${['x', 'y', 'z', 'w'].map((part, q) => `right[(k + ${q}u) * ${tileVectors}u + column / 4u][column % 4u] = value.${part};`).join('\n')}`,
        )
      : overThreads(
          DEPTH * tileVectors,
          `let k = s / ${tileVectors}u;
let column = s % ${tileVectors}u;
var value = vec4f(0);
if ((start + k < innerEnd) & (n0 + column < vectors)) { value = ${p.b}[(start + k) * vectors + n0 + column]; }
right[s] = value;`,
        );
  const columnOf = (j: number) => `n0 + column + ${j * SIDE}u`;
  const isRow = (r: number) => `(m0 + row + ${r}u < rows)`;
  const isColumn = (j: number) => `(${columnOf(j)} < vectors)`;
  const tile = `${join(down, (r) => join(across, (j) => `var a${r}${j} = vec4f(0);`))}
for (var start = innerBegin; start < innerEnd; start += ${DEPTH}u) {
${loadLeft}
${loadRight}
workgroupBarrier();
for (var k = 0u; k < ${DEPTH}u; k++) {
${join(across, (j) => `let r${j} = right[k * ${tileVectors}u + column + ${j * SIDE}u];`)}
${join(down, (r) => `let l${r} = left[k * ${tileRows}u + row + ${r}u];\n${join(across, (j) => `a${r}${j} += l${r} * r${j};`)}`)}
}
workgroupBarrier();
}`;
  const place = `var rest = group;
let n0 = rest % columnBlocks * ${tileVectors}u; rest /= columnBlocks;
let column = lane % ${SIDE}u;
let row = lane / ${SIDE}u * ${perThread.rows}u;`;
  const memory = `var<workgroup> left: array<f32, ${DEPTH * tileRows}>;
var<workgroup> right: array<vec4f, ${DEPTH * tileVectors}>;`;
  if (!sums) {
    const body = `${place}
let m0 = rest % rowBlocks * ${tileRows}u;
let part = rest / rowBlocks;
let innerBegin = part * innerShare;
let innerEnd = min(innerBegin + innerShare, inner);
${tile}
${join(down, (r) =>
  join(
    across,
    (j) => `if (${isRow(r)} & ${isColumn(j)}) {
let n = ${columnOf(j)};
let at = part * partStride + (m0 + row + ${r}u) * vectors + n;
${p.target}[at] = ${p.result('at', 'n', `a${r}${j}`)};
}`,
  ),
)}`;
    const groups = rowBlocks * columnBlocks * p.splits;
    context.add(shader.finish({ groups, declarations: `${p.declarations}\n${memory}`, body }));
    return null;
  }
  const runs = { rows, channels: vectors * 4, lanes: 4, unit: tileRows, beside: columnBlocks } as const;
  const columns = across.map((j) => ({ c: `min(${columnOf(j)}, vectors - 1u)`, isInside: isColumn(j) }));
  const taken = takenRowSums(context, shader, sums, planTeamRuns(context, runs, TILE_TEAM), columns);
  const body = `${place}
let width = vectors;
let turn = lane / ${SIDE}u;
let innerBegin = 0u;
let innerEnd = inner;
${taken.begin('rest')}
for (var m0 = begin; m0 < end; m0 += ${tileRows}u) {
${tile}
${join(across, (j) =>
  taken.column(
    j,
    `if (${isColumn(j)}) {
${join(
  down,
  (r) => `if ${isRow(r)} {
let at = (m0 + row + ${r}u) * vectors + c;
let result = ${p.result('at', 'c', `a${r}${j}`)};
${p.target}[at] = result;
${r === 0 ? taken.first('') : ''}
${taken.each}
}`,
)}
}`,
  ),
)}
${taken.made(`min(${perThread.rows}u, rows - min(m0 + row, rows))`)}
}
${taken.end}`;
  const declarations = `${p.declarations}\n${taken.declarations}\n${memory}`;
  context.add(shader.finish({ ...taken.workers, declarations, body }));
  return taken.parts;
}

/** Parts of the inner axis that keep enough workgroups busy; none is empty. */
export function tiledSplits(
  threads: number,
  variant: TiledProduct['variant'],
  sizes: { readonly rows: number; readonly vectors: number; readonly inner: number },
): number {
  const side = variant === 'workgroup64' ? 64 : 32;
  const groups = Math.ceil(sizes.rows / side) * Math.ceil((sizes.vectors * 4) / side);
  const chunks = Math.ceil(sizes.inner / DEPTH);
  const wanted = Math.max(1, Math.min(64, Math.floor(threads / 64 / groups), Math.ceil(chunks / 2)));
  // Shares are whole chunks, so that fewer parts than wanted may hold them all.
  return Math.ceil(chunks / Math.ceil(chunks / wanted));
}

/** Whether the variant is a tiled one and the product is of whole vectors. */
export function isTiled(
  variant: ProductVariant,
  ...channels: readonly number[]
): variant is TiledProduct['variant'] {
  return variant.startsWith('workgroup') && channels.every((count) => count % 4 === 0);
}
