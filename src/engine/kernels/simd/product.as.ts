// The matrix product all convolutions come down to: rows of a row-major matrix times packed panels.
// A panel holds 8 columns of the right factor, k by k: [k][8], zeros past the last column.
import { ownScratch } from './record.as';
import { add, ld, madd, st, stLanes, zero } from './vector.as';

/** Terms of a sum that are added up before they join the earlier ones; a panel of them fits the L1 cache. */
export const K_BLOCK: i32 = 512;

// Tiles: sums for some rows × 8 columns. Strides in bytes: of x from row to row and from term to term, of y from row
// to row. As many rows as 15 registers hold: where multiply-add is one instruction it needs none for the product.
// They only store their sums: whatever else is done after such a loop, the engines' register allocators pay for by
// spilling inside it.

function tile6(x: usize, xRow: usize, xTerm: usize, panel: usize, stop: usize, y: usize, yRow: usize): void {
  let a0 = zero(), b0 = zero(), a1 = zero(), b1 = zero(), a2 = zero(), b2 = zero();
  let a3 = zero(), b3 = zero(), a4 = zero(), b4 = zero(), a5 = zero(), b5 = zero();
  let p0 = x, p1 = p0 + xRow, p2 = p1 + xRow, p3 = p2 + xRow, p4 = p3 + xRow, p5 = p4 + xRow;
  for (let q = panel; q < stop; q += 32) {
    const u = ld(q), v = v128.load(q, 16);
    let s = v128.load32_splat(p0);
    a0 = madd(a0, s, u); b0 = madd(b0, s, v);
    s = v128.load32_splat(p1);
    a1 = madd(a1, s, u); b1 = madd(b1, s, v);
    s = v128.load32_splat(p2);
    a2 = madd(a2, s, u); b2 = madd(b2, s, v);
    s = v128.load32_splat(p3);
    a3 = madd(a3, s, u); b3 = madd(b3, s, v);
    s = v128.load32_splat(p4);
    a4 = madd(a4, s, u); b4 = madd(b4, s, v);
    s = v128.load32_splat(p5);
    a5 = madd(a5, s, u); b5 = madd(b5, s, v);
    p0 += xTerm; p1 += xTerm; p2 += xTerm; p3 += xTerm; p4 += xTerm; p5 += xTerm;
  }
  st(y, a0); v128.store(y, b0, 16); y += yRow;
  st(y, a1); v128.store(y, b1, 16); y += yRow;
  st(y, a2); v128.store(y, b2, 16); y += yRow;
  st(y, a3); v128.store(y, b3, 16); y += yRow;
  st(y, a4); v128.store(y, b4, 16); y += yRow;
  st(y, a5); v128.store(y, b5, 16);
}

function tile4(x: usize, xRow: usize, xTerm: usize, panel: usize, stop: usize, y: usize, yRow: usize): void {
  let a0 = zero(), b0 = zero(), a1 = zero(), b1 = zero(), a2 = zero(), b2 = zero(), a3 = zero(), b3 = zero();
  let p0 = x, p1 = p0 + xRow, p2 = p1 + xRow, p3 = p2 + xRow;
  for (let q = panel; q < stop; q += 32) {
    const u = ld(q), v = v128.load(q, 16);
    let s = v128.load32_splat(p0);
    a0 = madd(a0, s, u); b0 = madd(b0, s, v);
    s = v128.load32_splat(p1);
    a1 = madd(a1, s, u); b1 = madd(b1, s, v);
    s = v128.load32_splat(p2);
    a2 = madd(a2, s, u); b2 = madd(b2, s, v);
    s = v128.load32_splat(p3);
    a3 = madd(a3, s, u); b3 = madd(b3, s, v);
    p0 += xTerm; p1 += xTerm; p2 += xTerm; p3 += xTerm;
  }
  st(y, a0); v128.store(y, b0, 16); y += yRow;
  st(y, a1); v128.store(y, b1, 16); y += yRow;
  st(y, a2); v128.store(y, b2, 16); y += yRow;
  st(y, a3); v128.store(y, b3, 16);
}

function tile1(x: usize, xTerm: usize, panel: usize, stop: usize, y: usize): void {
  let a = zero(), b = zero();
  for (let q = panel; q < stop; q += 32, x += xTerm) {
    const s = v128.load32_splat(x);
    a = madd(a, s, ld(q)); b = madd(b, s, v128.load(q, 16));
  }
  st(y, a); v128.store(y, b, 16);
}

/**
 * The next tile where so many rows are left: 8 are better done as 4 and 4. Inlined at two places, so that the tiles
 * themselves are not.
 * @returns its rows
 */
@inline function sumTile(
  x: usize, xRow: usize, xTerm: usize, left: i32, panel: usize, stop: usize, y: usize, yRow: usize,
): i32 {
  if (ASC_FEATURE_RELAXED_SIMD && left >= 6 && left != 8) {
    tile6(x, xRow, xTerm, panel, stop, y, yRow);
    return 6;
  }
  if (left >= 4) {
    tile4(x, xRow, xTerm, panel, stop, y, yRow);
    return 4;
  }
  tile1(x, xTerm, panel, stop, y);
  return 1;
}

/**
 * y[rows, columns ≤ 8] = x[rows, k] · panel, or y + that. Strides in bytes: of x from row to row and from term to
 * term (so that x may lie transposed), of y from row to row.
 */
export function panelProduct(
  x: usize, xRow: usize, xTerm: usize, rows: i32, panel: usize, k: i32, y: usize, yRow: usize, columns: i32, adds: bool,
): void {
  const stop = panel + (<usize>k << 5);
  if (columns == 8 && !adds) {
    while (rows > 0) {
      const count = sumTile(x, xRow, xTerm, rows, panel, stop, y, yRow);
      rows -= count;
      x += <usize>count * xRow;
      y += <usize>count * yRow;
    }
    return;
  }
  const tile = ownTile();
  while (rows > 0) {
    const count = sumTile(x, xRow, xTerm, rows, panel, stop, tile, 32);
    if (columns == 8) storeTile(tile, count, y, yRow, 8, adds);
    else storeTile(tile, count, y, yRow, columns, adds);
    rows -= count;
    x += <usize>count * xRow;
    y += <usize>count * yRow;
  }
}

/** A tile of each thread on its way to rows of fewer columns, or to be added: up to 6 rows of 8 sums. */
const TILE_BYTES: usize = 192;
const tiles: usize = memory.data(16 * 192, 16);
@inline export function ownTile(): usize { return ownScratch(tiles, TILE_BYTES); }

/** Rows of a tile to y. Inlined for 8 columns, which need not ask for lanes, and for fewer. */
@inline export function storeTile(tile: usize, rows: i32, y: usize, yRow: usize, columns: i32, adds: bool): void {
  for (; rows > 0; rows--, tile += 32, y += yRow) {
    let a = ld(tile), b = v128.load(tile, 16);
    if (adds) {
      a = add(a, ld(y));
      b = add(b, v128.load(y, 16));
    }
    stLanes(y, a, columns);
    stLanes(y + 16, b, columns - 4);
  }
}

/** Columns [first, first + columns) of w[k][stride] as one panel. */
export function packPanel(w: usize, stride: usize, k: i32, columns: i32, panel: usize): void {
  const u = columns >= 4 ? i32x4.splat(-1) : mask(columns), v = columns >= 8 ? i32x4.splat(-1) : mask(columns - 4);
  for (let i = 0; i < k; i++, w += stride, panel += 32) {
    st(panel, v128.and(ld(w), u));
    v128.store(panel, v128.and(v128.load(w, 16), v), 16);
  }
}

@inline function mask(lanes: i32): v128 { return i32x4.lt_s(i32x4(0, 1, 2, 3), i32x4.splat(lanes)); }

/** Rows [0, columns) of w[·][stride], k long each, as one panel: the panel of w transposed. */
export function packTransposed(w: usize, stride: usize, k: i32, columns: i32, panel: usize): void {
  if (columns == 8) {
    const far = stride << 2;
    let i = 0;
    for (; i + 4 <= k; i += 4, w += 16, panel += 128) {
      transpose4(w, stride, panel);
      transpose4(w + far, stride, panel + 16);
    }
    for (; i < k; i++, w += 4, panel += 32) {
      let p = w;
      for (let j = 0; j < 8; j++, p += stride) store<f32>(panel + (<usize>j << 2), load<f32>(p));
    }
    return;
  }
  for (let i = 0; i < k; i++, w += 4, panel += 32) {
    let p = w;
    for (let j = 0; j < 8; j++, p += stride) store<f32>(panel + (<usize>j << 2), j < columns ? load<f32>(p) : <f32>0);
  }
}

@inline function transpose4(w: usize, stride: usize, to: usize): void {
  const a = ld(w), b = ld(w + stride), c = ld(w + 2 * stride), d = ld(w + 3 * stride);
  const p = v128.shuffle<i32>(a, b, 0, 4, 1, 5), q = v128.shuffle<i32>(c, d, 0, 4, 1, 5);
  const r = v128.shuffle<i32>(a, b, 2, 6, 3, 7), t = v128.shuffle<i32>(c, d, 2, 6, 3, 7);
  st(to, v128.shuffle<i64>(p, q, 0, 2));
  v128.store(to, v128.shuffle<i64>(p, q, 1, 3), 32);
  v128.store(to, v128.shuffle<i64>(r, t, 0, 2), 64);
  v128.store(to, v128.shuffle<i64>(r, t, 1, 3), 96);
}
