// Column statistics of row-major matrices. Sums over rows are taken in chunks of rows first, chunks after.
import { add, ld, madd, mul, splat, stLanes, sub, zero } from './vector.as';
import { end, int, ptr } from './record.as';

/** sums[c] = Σ over rows of x[r, c], for `columns` columns. */
export function columnSums(x: usize, stride: usize, rows: i32, columns: i32, sums: usize): void {
  for (let c = 0; c < columns; c += 8, x += 32, sums += 32) {
    let a = zero(), b = zero();
    let p = x;
    for (let r = 0; r < rows; r++, p += stride) {
      a = add(a, ld(p));
      b = add(b, v128.load(p, 16));
    }
    stLanes(sums, a, columns - c);
    stLanes(sums + 16, b, columns - c - 4);
  }
}

/** Rows that are summed before they join the sum of the others. */
const ROWS_TOGETHER: i32 = 256;

/** Mean of each column of a chunk, and Σ (x − mean)². Two rows at a time: an addition waits for the one before. */
export function columnMoments(x: usize, stride: usize, rows: i32, columns: i32, means: usize, squares: usize): void {
  const share = splat(<f32>1 / <f32>rows);
  for (let c = 0; c < columns; c += 8, x += 32, means += 32, squares += 32) {
    let m = zero(), n = zero(), p = x;
    for (let left = rows; left > 0; left -= ROWS_TOGETHER) {
      let a = zero(), b = zero(), e = zero(), f = zero(), r = min(left, ROWS_TOGETHER);
      for (; r >= 2; r -= 2) {
        a = add(a, ld(p));
        b = add(b, v128.load(p, 16));
        p += stride;
        e = add(e, ld(p));
        f = add(f, v128.load(p, 16));
        p += stride;
      }
      if (r) {
        a = add(a, ld(p));
        b = add(b, v128.load(p, 16));
        p += stride;
      }
      m = add(m, add(a, e));
      n = add(n, add(b, f));
    }
    m = mul(m, share);
    n = mul(n, share);
    let s = zero(), t = zero();
    p = x;
    for (let left = rows; left > 0; left -= ROWS_TOGETHER) {
      let a = zero(), b = zero(), e = zero(), f = zero(), r = min(left, ROWS_TOGETHER);
      for (; r >= 2; r -= 2) {
        let d = sub(ld(p), m), g = sub(v128.load(p, 16), n);
        a = madd(a, d, d);
        b = madd(b, g, g);
        p += stride;
        d = sub(ld(p), m);
        g = sub(v128.load(p, 16), n);
        e = madd(e, d, d);
        f = madd(f, g, g);
        p += stride;
      }
      if (r) {
        const d = sub(ld(p), m), g = sub(v128.load(p, 16), n);
        a = madd(a, d, d);
        b = madd(b, g, g);
        p += stride;
      }
      s = add(s, add(a, e));
      t = add(t, add(b, f));
    }
    const lanes = columns - c;
    stLanes(means, m, lanes);
    stLanes(means + 16, n, lanes - 4);
    stLanes(squares, s, lanes);
    stLanes(squares + 16, t, lanes - 4);
  }
}

const TOGETHER: i32 = 16;

/** Sum of one vector over `parts` partial results that lie `stride` bytes apart, in groups of 16. */
export function sumParts(p: usize, stride: usize, parts: i32): v128 {
  let total = zero();
  for (let i = 0; i < parts; i += TOGETHER) {
    const stop = i + TOGETHER < parts ? i + TOGETHER : parts;
    let group = zero();
    for (let j = i; j < stop; j++, p += stride) group = add(group, ld(p));
    total = add(total, group);
  }
  return total;
}

/**
 * out[i] = Σ over parts. Arguments: parts, elements from part to part, parts, elements, elements a task, out, and
 * where parts hold two results the elements from first to second, and where that goes (0: nowhere).
 */
export function combineParts(a: usize, task: i32): void {
  const stride = <usize>int(a, 1) << 2, parts = int(a, 2), elements = int(a, 3), chunk = int(a, 4);
  const stop = end(elements, chunk, task), second = <usize>int(a, 6) << 2;
  for (let i = task * chunk; i < stop; i += 4) {
    const offset = <usize>i << 2, p = ptr(a, 0) + offset;
    if (ptr(a, 5)) stLanes(ptr(a, 5) + offset, sumParts(p, stride, parts), stop - i);
    if (ptr(a, 7)) stLanes(ptr(a, 7) + offset, sumParts(p + second, stride, parts), stop - i);
  }
}

/** Sums of a chunk of rows. Arguments: x, rows, channels, rows a task, parts. */
export function sumRows(a: usize, task: i32): void {
  const rows = int(a, 1), channels = int(a, 2), chunk = int(a, 3);
  const start = task * chunk, stride = <usize>channels << 2;
  columnSums(ptr(a, 0) + <usize>start * stride, stride, end(rows, chunk, task) - start, channels, ptr(a, 4) + <usize>task * stride);
}
