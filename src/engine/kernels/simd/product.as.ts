// The matrix product all convolutions come down to: rows of a row-major matrix times packed panels.
// A panel holds 8 columns of the right factor, k by k: [k][8], zeros past the last column.
import { add, clamp, ld, madd, mul, splat, st, stLanes, zero } from './vector.as';

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

@inline function put(y: usize, r: usize, v: v128, bias: usize, mode: i32, lanes: i32): void {
  if (!(mode & START)) v = add(v, ld(y));
  else if (r) v = add(v, ld(r));
  if (mode & FINISH) {
    if (bias) v = add(v, ld(bias));
    v = clamp(v, low, high);
  }
  stLanes(y, v, lanes);
}

function putRow(y: usize, r: usize, a: v128, b: v128, bias: usize, mode: i32, columns: i32): void {
  put(y, r, a, bias, mode, columns);
  if (columns > 4) put(y + 16, r ? r + 16 : 0, b, bias ? bias + 16 : 0, mode, columns - 4);
}

// One tile each: a function of its own, because whatever else lives through its loop costs registers, and the
// engines' register allocators then spill inside it.

function tile6(
  x: usize, xStride: usize, panel: usize, stop: usize,
  y: usize, residual: usize, yStride: usize, rStride: usize, columns: i32, bias: usize, mode: i32,
): void {
  let a0 = zero(), b0 = zero(), a1 = zero(), b1 = zero(), a2 = zero(), b2 = zero();
  let a3 = zero(), b3 = zero(), a4 = zero(), b4 = zero(), a5 = zero(), b5 = zero();
  let p0 = x, p1 = p0 + xStride, p2 = p1 + xStride, p3 = p2 + xStride, p4 = p3 + xStride, p5 = p4 + xStride;
  // Two terms at a time: half the additions to pointers.
  let q = panel;
  for (const last = stop - 32; q < last; q += 64) {
    let u = ld(q), v = v128.load(q, 16);
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
    u = v128.load(q, 32);
    v = v128.load(q, 48);
    s = v128.load32_splat(p0, 4);
    a0 = madd(a0, s, u); b0 = madd(b0, s, v);
    s = v128.load32_splat(p1, 4);
    a1 = madd(a1, s, u); b1 = madd(b1, s, v);
    s = v128.load32_splat(p2, 4);
    a2 = madd(a2, s, u); b2 = madd(b2, s, v);
    s = v128.load32_splat(p3, 4);
    a3 = madd(a3, s, u); b3 = madd(b3, s, v);
    s = v128.load32_splat(p4, 4);
    a4 = madd(a4, s, u); b4 = madd(b4, s, v);
    s = v128.load32_splat(p5, 4);
    a5 = madd(a5, s, u); b5 = madd(b5, s, v);
    p0 += 8; p1 += 8; p2 += 8; p3 += 8; p4 += 8; p5 += 8;
  }
  if (q < stop) {
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
  }
  if (mode & PLAIN && columns == 8) {
    st(y, a0); v128.store(y, b0, 16); y += yStride;
    st(y, a1); v128.store(y, b1, 16); y += yStride;
    st(y, a2); v128.store(y, b2, 16); y += yStride;
    st(y, a3); v128.store(y, b3, 16); y += yStride;
    st(y, a4); v128.store(y, b4, 16); y += yStride;
    st(y, a5); v128.store(y, b5, 16);
    return;
  }
  putRow(y, residual, a0, b0, bias, mode, columns); y += yStride; residual += rStride;
  putRow(y, residual, a1, b1, bias, mode, columns); y += yStride; residual += rStride;
  putRow(y, residual, a2, b2, bias, mode, columns); y += yStride; residual += rStride;
  putRow(y, residual, a3, b3, bias, mode, columns); y += yStride; residual += rStride;
  putRow(y, residual, a4, b4, bias, mode, columns); y += yStride; residual += rStride;
  putRow(y, residual, a5, b5, bias, mode, columns);
}

function tile3(
  x: usize, xStride: usize, panel: usize, stop: usize,
  y: usize, residual: usize, yStride: usize, rStride: usize, columns: i32, bias: usize, mode: i32,
): void {
  let a0 = zero(), b0 = zero(), a1 = zero(), b1 = zero(), a2 = zero(), b2 = zero();
  let p0 = x, p1 = p0 + xStride, p2 = p1 + xStride;
  for (let q = panel; q < stop; q += 32) {
    const u = ld(q), v = v128.load(q, 16);
    let s = v128.load32_splat(p0);
    a0 = madd(a0, s, u); b0 = madd(b0, s, v);
    s = v128.load32_splat(p1);
    a1 = madd(a1, s, u); b1 = madd(b1, s, v);
    s = v128.load32_splat(p2);
    a2 = madd(a2, s, u); b2 = madd(b2, s, v);
    p0 += 4; p1 += 4; p2 += 4;
  }
  putRow(y, residual, a0, b0, bias, mode, columns); y += yStride; residual += rStride;
  putRow(y, residual, a1, b1, bias, mode, columns); y += yStride; residual += rStride;
  putRow(y, residual, a2, b2, bias, mode, columns);
}

function tile1(
  x: usize, panel: usize, stop: usize, y: usize, residual: usize, columns: i32, bias: usize, mode: i32,
): void {
  let a = zero(), b = zero();
  for (let q = panel; q < stop; q += 32, x += 4) {
    const s = v128.load32_splat(x);
    a = madd(a, s, ld(q)); b = madd(b, s, v128.load(q, 16));
  }
  putRow(y, residual, a, b, bias, mode, columns);
}

/** y[rows, columns ≤ 8] = x[rows, k] · panel. Strides in bytes. */
export function panelProduct(
  x: usize, xStride: usize, rows: i32, panel: usize, k: i32,
  y: usize, residual: usize, yStride: usize, columns: i32, bias: usize, mode: i32,
): void {
  const stop = panel + (<usize>k << 5), rStride = residual ? yStride : 0;
  let n = 0;
  for (; n + 6 <= rows; n += 6) {
    tile6(x, xStride, panel, stop, y, residual, yStride, rStride, columns, bias, mode);
    x += 6 * xStride;
    y += 6 * yStride;
    residual += 6 * rStride;
  }
  for (; n + 3 <= rows; n += 3) {
    tile3(x, xStride, panel, stop, y, residual, yStride, rStride, columns, bias, mode);
    x += 3 * xStride;
    y += 3 * yStride;
    residual += 3 * rStride;
  }
  for (; n < rows; n++) {
    tile1(x, panel, stop, y, residual, columns, bias, mode);
    x += xStride;
    y += yStride;
    residual += rStride;
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
@inline function gatherRow(y: usize, a: v128, b: v128, fresh: bool, columns: i32): void {
  gather(y, a, fresh, columns);
  if (columns > 4) gather(y + 16, b, fresh, columns - 4);
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
  while (i < k) {
    const left = k - i;
    if (left >= 6 && left != 8) {
      let a0 = zero(), b0 = zero(), a1 = zero(), b1 = zero(), a2 = zero(), b2 = zero();
      let a3 = zero(), b3 = zero(), a4 = zero(), b4 = zero(), a5 = zero(), b5 = zero();
      let p = x;
      for (let q = panel; q < stop; q += 32, p += xStride) {
        const u = ld(q), v = v128.load(q, 16);
        let s = v128.load32_splat(p);
        a0 = madd(a0, s, u); b0 = madd(b0, s, v);
        s = v128.load32_splat(p, 4);
        a1 = madd(a1, s, u); b1 = madd(b1, s, v);
        s = v128.load32_splat(p, 8);
        a2 = madd(a2, s, u); b2 = madd(b2, s, v);
        s = v128.load32_splat(p, 12);
        a3 = madd(a3, s, u); b3 = madd(b3, s, v);
        s = v128.load32_splat(p, 16);
        a4 = madd(a4, s, u); b4 = madd(b4, s, v);
        s = v128.load32_splat(p, 20);
        a5 = madd(a5, s, u); b5 = madd(b5, s, v);
      }
      gatherRow(y, a0, b0, fresh, columns); y += yStride;
      gatherRow(y, a1, b1, fresh, columns); y += yStride;
      gatherRow(y, a2, b2, fresh, columns); y += yStride;
      gatherRow(y, a3, b3, fresh, columns); y += yStride;
      gatherRow(y, a4, b4, fresh, columns); y += yStride;
      gatherRow(y, a5, b5, fresh, columns); y += yStride;
      i += 6;
      x += 24;
    } else if (left >= 4) {
      let a0 = zero(), b0 = zero(), a1 = zero(), b1 = zero(), a2 = zero(), b2 = zero(), a3 = zero(), b3 = zero();
      let p = x;
      for (let q = panel; q < stop; q += 32, p += xStride) {
        const u = ld(q), v = v128.load(q, 16);
        let s = v128.load32_splat(p);
        a0 = madd(a0, s, u); b0 = madd(b0, s, v);
        s = v128.load32_splat(p, 4);
        a1 = madd(a1, s, u); b1 = madd(b1, s, v);
        s = v128.load32_splat(p, 8);
        a2 = madd(a2, s, u); b2 = madd(b2, s, v);
        s = v128.load32_splat(p, 12);
        a3 = madd(a3, s, u); b3 = madd(b3, s, v);
      }
      gatherRow(y, a0, b0, fresh, columns); y += yStride;
      gatherRow(y, a1, b1, fresh, columns); y += yStride;
      gatherRow(y, a2, b2, fresh, columns); y += yStride;
      gatherRow(y, a3, b3, fresh, columns); y += yStride;
      i += 4;
      x += 16;
    } else {
      let a0 = zero(), b0 = zero();
      let p = x;
      for (let q = panel; q < stop; q += 32, p += xStride) {
        const s = v128.load32_splat(p);
        a0 = madd(a0, s, ld(q)); b0 = madd(b0, s, v128.load(q, 16));
      }
      gatherRow(y, a0, b0, fresh, columns); y += yStride;
      i++;
      x += 4;
    }
  }
}
