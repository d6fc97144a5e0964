// What follows the sums of a convolution, over rows that were just written and are still in the cache.
import { activateRange, CLAMPS, highOf, lowOf } from './activation.as';
import { add, clamp, ld, st, stLanes } from './vector.as';

/**
 * y = activation(y + bias + residual) in place, for some columns of some rows. Either may be 0; the residual lies as y
 * does and may be anything but y itself. Row stride in bytes.
 */
export function finishRows(
  y: usize, stride: usize, rows: i32, columns: i32, bias: usize, residual: usize, activation: i32,
): void {
  if (activation > CLAMPS) {
    if (bias || residual) clampRows(y, stride, rows, columns, bias, residual, 0);
    for (; rows > 0; rows--, y += stride) activateRange(activation, y, columns);
  } else if (activation || bias || residual) clampRows(y, stride, rows, columns, bias, residual, activation);
}

function clampRows(
  y: usize, stride: usize, rows: i32, columns: i32, bias: usize, residual: usize, activation: i32,
): void {
  const low = lowOf(activation), high = highOf(activation), wide = <usize>(columns & ~7) << 2;
  for (; rows > 0; rows--, y += stride) {
    let p = y, b = bias, r = residual;
    for (const stop = y + wide; p < stop; p += 32) {
      let u = ld(p), v = v128.load(p, 16);
      if (bias) {
        u = add(u, ld(b));
        v = add(v, v128.load(b, 16));
        b += 32;
      }
      if (residual) {
        u = add(u, ld(r));
        v = add(v, v128.load(r, 16));
        r += 32;
      }
      st(p, clamp(u, low, high));
      v128.store(p, clamp(v, low, high), 16);
    }
    for (let left = columns & 7; left > 0; left -= 4, p += 16, b += 16, r += 16) {
      let u = ld(p);
      if (bias) u = add(u, ld(b));
      if (residual) u = add(u, ld(r));
      stLanes(p, clamp(u, low, high), left);
    }
    if (residual) residual += stride;
  }
}
