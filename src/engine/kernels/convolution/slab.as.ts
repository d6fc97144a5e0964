// Slabs: 8 channels of some rows of a picture, copied to scratch with zeros around them, pixel by pixel. There every
// output meets every tap, nothing asks for borders, and all distances are small constants.
import { fillZero, ld, st, zero } from '../simd/vector.as';

/** Bytes of 8 channels of a pixel in scratch. */
export const PIXEL: usize = 32;

/** Rows of one picture, `left` pixels of zeros before each, `width` pixels a row in all. */
export function copyPadded(x: usize, pixel: usize, rows: i32, columns: i32, left: i32, width: i32, to: usize): void {
  const copied = min(columns, width - left);
  for (; rows > 0; rows--, x += <usize>columns * pixel) {
    to = zeroPixels(to, left);
    let p = x;
    for (let i = 0; i < copied; i++, p += pixel, to += PIXEL) {
      st(to, ld(p));
      v128.store(to, v128.load(p, 16), 16);
    }
    to = zeroPixels(to, width - left - copied);
  }
}

@inline function zeroPixels(to: usize, count: i32): usize {
  for (; count > 0; count--, to += PIXEL) {
    st(to, zero());
    v128.store(to, zero(), 16);
  }
  return to;
}

/** Rows [first, first + rows) of a picture of `height` rows, with rows of zeros above and below it. */
export function copyBand(
  x: usize, pixel: usize, height: i32, columns: i32, first: i32, rows: i32, left: i32, width: i32, to: usize,
): void {
  const start = min(max(first, 0), first + rows), stop = max(min(height, first + rows), start);
  const above = (start - first) * width, inside = stop - start;
  fillZero(to, above << 3);
  to += <usize>above * PIXEL;
  copyPadded(x + <usize>(start * columns) * pixel, pixel, inside, columns, left, width, to);
  fillZero(to + <usize>(inside * width) * PIXEL, ((first + rows - stop) * width) << 3);
}
