// Filter gradients of depthwise convolutions: a slab of 8 channels of some pictures a task.
import { end, int, ownScratch, ptr } from '../simd/record.as';
import { add, fillZero, ld, madd, st, stLanes, zero } from '../simd/vector.as';
import {
  batchOf, dilationHeight, dilationWidth, GEOMETRY_WORDS, inputChannels, inputHeight, inputWidth, kernelHeight,
  kernelWidth, outputHeight, outputWidth, padLeft, padTop, strideHeight, strideWidth,
} from '../simd/windows.as';
import { copyPadded, PIXEL } from './slab.as';

/** Products that are summed before they join the sum of the others. */
const TOGETHER: i32 = 256;

// Each adds Σ x · dy over [rows, columns] to some neighbouring taps of dw. Functions of their own for the sake of
// registers; steps in bytes: of x by row, column and tap, of dy by row and column.

function taps5(
  x: usize, xRow: usize, xColumn: usize, xTap: usize, d: usize, dRow: usize, dColumn: usize, rows: i32, span: usize, out: usize,
): void {
  let a0 = zero(), b0 = zero(), a1 = zero(), b1 = zero(), a2 = zero(), b2 = zero(), a3 = zero(), b3 = zero(), a4 = zero(), b4 = zero();
  for (; rows > 0; rows--, x += xRow, d += dRow) {
    let p = x;
    for (let e = d, last = d + span; e != last; e += dColumn, p += xColumn) {
      const u = ld(e), v = v128.load(e, 16);
      a0 = madd(a0, ld(p), u); b0 = madd(b0, v128.load(p, 16), v);
      let q = p + xTap;
      a1 = madd(a1, ld(q), u); b1 = madd(b1, v128.load(q, 16), v);
      q += xTap;
      a2 = madd(a2, ld(q), u); b2 = madd(b2, v128.load(q, 16), v);
      q += xTap;
      a3 = madd(a3, ld(q), u); b3 = madd(b3, v128.load(q, 16), v);
      q += xTap;
      a4 = madd(a4, ld(q), u); b4 = madd(b4, v128.load(q, 16), v);
    }
  }
  join(out, a0, b0);
  join(out + PIXEL, a1, b1);
  join(out + 2 * PIXEL, a2, b2);
  join(out + 3 * PIXEL, a3, b3);
  join(out + 4 * PIXEL, a4, b4);
}

function taps3(
  x: usize, xRow: usize, xColumn: usize, xTap: usize, d: usize, dRow: usize, dColumn: usize, rows: i32, span: usize, out: usize,
): void {
  let a0 = zero(), b0 = zero(), a1 = zero(), b1 = zero(), a2 = zero(), b2 = zero();
  for (; rows > 0; rows--, x += xRow, d += dRow) {
    let p = x;
    for (let e = d, last = d + span; e != last; e += dColumn, p += xColumn) {
      const u = ld(e), v = v128.load(e, 16);
      a0 = madd(a0, ld(p), u); b0 = madd(b0, v128.load(p, 16), v);
      let q = p + xTap;
      a1 = madd(a1, ld(q), u); b1 = madd(b1, v128.load(q, 16), v);
      q += xTap;
      a2 = madd(a2, ld(q), u); b2 = madd(b2, v128.load(q, 16), v);
    }
  }
  join(out, a0, b0);
  join(out + PIXEL, a1, b1);
  join(out + 2 * PIXEL, a2, b2);
}

function taps1(
  x: usize, xRow: usize, xColumn: usize, d: usize, dRow: usize, dColumn: usize, rows: i32, span: usize, out: usize,
): void {
  let a = zero(), b = zero();
  for (; rows > 0; rows--, x += xRow, d += dRow) {
    let p = x;
    for (let e = d, last = d + span; e != last; e += dColumn, p += xColumn) {
      a = madd(a, ld(p), ld(e)); b = madd(b, v128.load(p, 16), v128.load(e, 16));
    }
  }
  join(out, a, b);
}

@inline function join(out: usize, a: v128, b: v128): void {
  st(out, add(ld(out), a));
  v128.store(out, add(v128.load(out, 16), b), 16);
}

/**
 * dw of 8 channels and some pictures a task. Arguments after the geometry: x, dy, dw or parts, pictures a part,
 * scratch of [kh · kw + height · width with its zeros][8], bytes of it a thread, width with its zeros.
 */
export function depthwiseFilterGradient(g: usize, task: i32): void {
  const a = g + (GEOMETRY_WORDS << 2);
  const channels = inputChannels(g), pixel = <usize>channels << 2, blocks = (channels + 7) >> 3;
  const part = task / blocks, c = (task - part * blocks) << 3, offset = <usize>c << 2, lanes = channels - c;
  const kh = kernelHeight(g), kw = kernelWidth(g), height = inputHeight(g), columns = inputWidth(g);
  const outHeight = outputHeight(g), outWidth = outputWidth(g), sy = strideHeight(g);
  const pictures = int(a, 3), n0 = part * pictures, n1 = end(batchOf(g), pictures, part);
  const sums = ownScratch(ptr(a, 4), int(a, 5)), padded = sums + <usize>(kh * kw) * PIXEL, width = int(a, 6);
  const line = <usize>width * PIXEL, dRow = <usize>outWidth * pixel;
  const xRow = <usize>sy * line, xColumn = <usize>strideWidth(g) * PIXEL, xTap = <usize>dilationWidth(g) * PIXEL;
  const rowsTogether = max(1, TOGETHER / outWidth);
  fillZero(sums, kh * kw * 8);
  for (let n = n0; n < n1; n++) {
    copyPadded(ptr(a, 0) + <usize>(n * height * columns) * pixel + offset, pixel, height, columns, padLeft(g), width, padded);
    for (let p = 0; p < kh; p++) {
      const top = p * dilationHeight(g) - padTop(g);
      const y0 = top < 0 ? (sy - 1 - top) / sy : 0, y1 = height > top ? min(outHeight, (height - top + sy - 1) / sy) : 0;
      for (let i = y0; i < y1; i += rowsTogether) {
        const rows = min(rowsTogether, y1 - i);
        const d = ptr(a, 1) + <usize>((n * outHeight + i) * outWidth) * pixel + offset;
        let x = padded + <usize>(i * sy + top) * line, out = sums + <usize>(p * kw) * PIXEL, q = 0;
        for (; q + 5 <= kw; q += 5, x += 5 * xTap, out += 5 * PIXEL)
          taps5(x, xRow, xColumn, xTap, d, dRow, pixel, rows, dRow, out);
        for (; q + 3 <= kw; q += 3, x += 3 * xTap, out += 3 * PIXEL)
          taps3(x, xRow, xColumn, xTap, d, dRow, pixel, rows, dRow, out);
        for (; q < kw; q++, x += xTap, out += PIXEL) taps1(x, xRow, xColumn, d, dRow, pixel, rows, dRow, out);
      }
    }
  }
  let out = ptr(a, 2) + <usize>(part * kh * kw) * pixel + offset;
  for (let t = 0; t < kh * kw; t++, out += pixel) {
    const p = sums + <usize>t * PIXEL;
    stLanes(out, ld(p), lanes);
    stLanes(out + 16, v128.load(p, 16), lanes - 4);
  }
}
