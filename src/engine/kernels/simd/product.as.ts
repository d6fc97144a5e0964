// The matrix product all convolutions come down to: rows of a row-major matrix times packed panels.
// A panel holds 8 columns of the right factor, k by k: [k][8], zeros past the last column.
import { ownScratch } from './record.as';
import { add, clamp, ld, madd, splat, st, stLanes, zero } from './vector.as';

/** What happens to a finished sum before it is stored. */
// `mode`: START writes sums (and the residual), otherwise they are added to what is there; FINISH adds the bias and clamps.
export const START: i32 = 1;
export const FINISH: i32 = 2;
/** Sums as they are: whole, with nothing to add and no bounds. */
export const PLAIN: i32 = 4;

/** Terms of a sum that are added up before they join the earlier ones; a panel of them fits the L1 cache. */
export const K_BLOCK: i32 = 512;

let low: v128 = f32x4.splat(0);
let high: v128 = f32x4.splat(0);
export function setBounds(l: v128, h: v128): void {
  low = l;
  high = h;
}

/** A finished tile of each thread on its way: 4 rows of 8 sums. */
const TILE_BYTES: usize = 128;
const tiles: usize = memory.data(16 * 128, 16);
@inline export function ownTile(): usize { return ownScratch(tiles, TILE_BYTES); }

// The loops are functions of their own with as few values alive as can be: whatever lives through such a loop costs
// registers, and the engines' register allocators then spill inside it.

/** 4 rows × 8 columns of sums. Strides in bytes. */
function tile4(x: usize, xStride: usize, panel: usize, stop: usize, y: usize, yStride: usize): void {
  let a0 = zero(), b0 = zero(), a1 = zero(), b1 = zero(), a2 = zero(), b2 = zero(), a3 = zero(), b3 = zero();
  let p0 = x, p1 = p0 + xStride, p2 = p1 + xStride, p3 = p2 + xStride;
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
    p0 += 4; p1 += 4; p2 += 4; p3 += 4;
  }
  st(y, a0); v128.store(y, b0, 16); y += yStride;
  st(y, a1); v128.store(y, b1, 16); y += yStride;
  st(y, a2); v128.store(y, b2, 16); y += yStride;
  st(y, a3); v128.store(y, b3, 16);
}

function tile1(x: usize, panel: usize, stop: usize, y: usize): void {
  let a = zero(), b = zero();
  for (let q = panel; q < stop; q += 32, x += 4) {
    const s = v128.load32_splat(x);
    a = madd(a, s, ld(q)); b = madd(b, s, v128.load(q, 16));
  }
  st(y, a);
  v128.store(y, b, 16);
}

/** Rows of a tile to where they belong: plus what `more` points to, plus the bias, within bounds. */
export function finishTile(
  tile: usize, rows: i32, y: usize, more: usize, moreStride: usize, yStride: usize, columns: i32, bias: usize, mode: i32,
): void {
  const last = (mode & FINISH) != 0, l = last ? low : splat(-Infinity), h = last ? high : splat(Infinity);
  let u = zero(), v = zero();
  if (last && bias) {
    u = ld(bias);
    v = v128.load(bias, 16);
  }
  const hasMore = more != 0;
  for (let r = 0; r < rows; r++, tile += 32, y += yStride, more += moreStride) {
    let a = add(ld(tile), u), b = add(v128.load(tile, 16), v);
    if (hasMore) {
      a = add(a, ld(more));
      b = add(b, v128.load(more, 16));
    }
    stLanes(y, clamp(a, l, h), columns);
    stLanes(y + 16, clamp(b, l, h), columns - 4);
  }
}

/** y[rows, columns ≤ 8] = x[rows, k] · panel. Strides in bytes. */
export function panelProduct(
  x: usize, xStride: usize, rows: i32, panel: usize, k: i32,
  y: usize, residual: usize, yStride: usize, columns: i32, bias: usize, mode: i32,
): void {
  const stop = panel + (<usize>k << 5);
  let n = 0;
  if (mode & PLAIN && columns == 8)
    for (; n + 4 <= rows; n += 4, x += 4 * xStride, y += 4 * yStride) tile4(x, xStride, panel, stop, y, yStride);
  const tile = ownTile();
  // Sums join what is there after the first block of k; before, there is a residual or nothing to add.
  let more = mode & START ? residual : y;
  const moreStride = more ? yStride : 0;
  for (; n < rows; ) {
    const count = n + 4 <= rows ? 4 : 1;
    if (count == 4) tile4(x, xStride, panel, stop, tile, 32);
    else tile1(x, panel, stop, tile);
    finishTile(tile, count, y, more, moreStride, yStride, columns, bias, mode);
    n += count;
    x += <usize>count * xStride;
    y += <usize>count * yStride;
    more += <usize>count * moreStride;
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

@inline function gather(y: usize, v: v128, fresh: bool, lanes: i32): void {
  stLanes(y, fresh ? v : add(v, ld(y)), lanes);
}
function gatherRow(y: usize, a: v128, b: v128, fresh: bool, columns: i32): void {
  gather(y, a, fresh, columns);
  if (columns > 4) gather(y + 16, b, fresh, columns - 4);
}

function transposedTile4(
  x: usize, xStride: usize, panel: usize, stop: usize, y: usize, yStride: usize, columns: i32, fresh: bool,
): void {
  let a0 = zero(), b0 = zero(), a1 = zero(), b1 = zero(), a2 = zero(), b2 = zero(), a3 = zero(), b3 = zero();
  for (let q = panel; q < stop; q += 32, x += xStride) {
    const u = ld(q), v = v128.load(q, 16);
    let s = v128.load32_splat(x);
    a0 = madd(a0, s, u); b0 = madd(b0, s, v);
    s = v128.load32_splat(x, 4);
    a1 = madd(a1, s, u); b1 = madd(b1, s, v);
    s = v128.load32_splat(x, 8);
    a2 = madd(a2, s, u); b2 = madd(b2, s, v);
    s = v128.load32_splat(x, 12);
    a3 = madd(a3, s, u); b3 = madd(b3, s, v);
  }
  gatherRow(y, a0, b0, fresh, columns); y += yStride;
  gatherRow(y, a1, b1, fresh, columns); y += yStride;
  gatherRow(y, a2, b2, fresh, columns); y += yStride;
  gatherRow(y, a3, b3, fresh, columns);
}

function transposedTile1(
  x: usize, xStride: usize, panel: usize, stop: usize, y: usize, columns: i32, fresh: bool,
): void {
  let a = zero(), b = zero();
  for (let q = panel; q < stop; q += 32, x += xStride) {
    const s = v128.load32_splat(x);
    a = madd(a, s, ld(q)); b = madd(b, s, v128.load(q, 16));
  }
  gatherRow(y, a, b, fresh, columns);
}

/**
 * y[k, columns ≤ 8] (+)= xᵀ · g for x[rows, k] and a packed panel g[rows][8]: products down the rows, as filter
 * gradients want them.
 */
export function transposedPanelProduct(
  x: usize, xStride: usize, rows: i32, k: i32, panel: usize,
  y: usize, yStride: usize, columns: i32, fresh: bool,
): void {
  const stop = panel + (<usize>rows << 5);
  let i = 0;
  for (; i + 4 <= k; i += 4, x += 16, y += 4 * yStride)
    transposedTile4(x, xStride, panel, stop, y, yStride, columns, fresh);
  for (; i < k; i++, x += 4, y += yStride) transposedTile1(x, xStride, panel, stop, y, columns, fresh);
}
