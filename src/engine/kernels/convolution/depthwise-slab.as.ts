// Depthwise convolutions of stride 1 with 3 taps a row, and their input gradients, which are convolutions with the
// taps in reverse. In a slab 4 neighbouring outputs share the pixels that are read for them.
import { finishRows } from '../simd/finish.as';
import { ownTile, storeTile } from '../simd/product.as';
import { int, ownScratch, ptr } from '../simd/record.as';
import { ld, madd, st, touch, zero } from '../simd/vector.as';
import {
  GEOMETRY_WORDS, inputChannels, inputHeight, inputWidth, kernelHeight, outputHeight, outputWidth, padLeft, padTop,
} from '../simd/windows.as';
import { copyBand, PIXEL } from './slab.as';

/** Taps a row. */
const TAPS: i32 = 3;

/**
 * 4 channels of `groups` of 4 neighbouring outputs; `line`: bytes of a row of pixels, `yStep`: from output to output.
 * More taps in a straight line than these need more registers than there are.
 */
function outputs(x: usize, line: usize, taps: usize, kh: i32, y: usize, yStep: usize, groups: i32): void {
  for (; groups > 0; groups--, x += 4 * PIXEL) {
    let a = zero(), b = zero(), c = zero(), d = zero(), p = x, t = taps;
    for (let i = kh; i > 0; i--, p += line, t += TAPS * PIXEL) {
      const u = ld(t), v = v128.load(t, 32), w = v128.load(t, 64);
      let s = ld(p);
      a = madd(a, s, u);
      s = v128.load(p, 32);
      a = madd(a, s, v); b = madd(b, s, u);
      s = v128.load(p, 64);
      a = madd(a, s, w); b = madd(b, s, v); c = madd(c, s, u);
      s = v128.load(p, 96);
      b = madd(b, s, w); c = madd(c, s, v); d = madd(d, s, u);
      s = v128.load(p, 128);
      c = madd(c, s, w); d = madd(d, s, v);
      d = madd(d, v128.load(p, 160), w);
    }
    st(y, a); y += yStep;
    st(y, b); y += yStep;
    st(y, c); y += yStep;
    st(y, d); y += yStep;
  }
}

/** 8 channels of all taps, in reverse for the input gradient. */
function copyTaps(w: usize, pixel: usize, count: i32, gradient: bool, to: usize): void {
  for (let i = 0; i < count; i++, to += PIXEL) {
    const from = w + <usize>(gradient ? count - 1 - i : i) * pixel;
    st(to, ld(from));
    v128.store(to, v128.load(from, 16), 16);
  }
}

/** One row of outputs, 8 channels or fewer. */
function slabRow(
  x: usize, line: usize, taps: usize, kh: i32, y: usize, pixel: usize, columns: i32, channels: i32, adds: bool,
): void {
  const direct = channels >= 8 && !adds ? columns >> 2 : 0;
  outputs(x, line, taps, kh, y, pixel, direct);
  outputs(x + 16, line, taps + 16, kh, y + 16, pixel, direct);
  const tile = ownTile();
  for (let o = direct << 2; o < columns; o += 4) {
    const p = x + <usize>o * PIXEL;
    outputs(p, line, taps, kh, tile, PIXEL, 1);
    outputs(p + 16, line, taps + 16, kh, tile + 16, PIXEL, 1);
    storeTile(tile, min(4, columns - o), y + <usize>o * pixel, pixel, channels, adds);
  }
}

/**
 * Some rows of a picture a task: y = activation(x ∗ w + bias + residual). Arguments after the geometry: x, w, bias,
 * residual, y, activation, 1: input gradient (x is dy, y is dx), rows a task, scratch of [taps + rows with their
 * zeros][8], bytes of it a thread.
 */
export function depthwiseSlabs(g: usize, task: i32): void {
  const a = g + (GEOMETRY_WORDS << 2), gradient = int(a, 6) != 0, band = int(a, 7);
  const height = gradient ? outputHeight(g) : inputHeight(g), width = gradient ? outputWidth(g) : inputWidth(g);
  const outHeight = gradient ? inputHeight(g) : outputHeight(g), outWidth = gradient ? inputWidth(g) : outputWidth(g);
  const kh = kernelHeight(g), channels = inputChannels(g), pixel = <usize>channels << 2;
  const top = gradient ? kh - 1 - padTop(g) : padTop(g), left = gradient ? TAPS - 1 - padLeft(g) : padLeft(g);
  const bands = (outHeight + band - 1) / band, n = task / bands, first = (task - n * bands) * band;
  const rows = min(band, outHeight - first), padded = ((outWidth + 3) & ~3) + TAPS - 1, line = <usize>padded * PIXEL;
  const taps = ownScratch(ptr(a, 8), int(a, 9)), slab = taps + <usize>(kh * TAPS) * PIXEL;
  const picture = ptr(a, 0) + <usize>(n * height * width) * pixel;
  const start = max(0, first - top), seen = min(height, first - top + rows + kh - 1) - start;
  if (seen > 0) touch(picture + <usize>(start * width) * pixel, <usize>(seen * width) * pixel);
  const at = <usize>((n * outHeight + first) * outWidth) * pixel, y = ptr(a, 4) + at, adds = ptr(a, 3) == ptr(a, 4);
  for (let c = 0; c < channels; c += 8) {
    const offset = <usize>c << 2;
    copyTaps(ptr(a, 1) + offset, pixel, kh * TAPS, gradient, taps);
    copyBand(picture + offset, pixel, height, width, first - top, rows + kh - 1, left, padded, slab);
    for (let r = 0; r < rows; r++) {
      const to = y + <usize>(r * outWidth) * pixel + offset;
      slabRow(slab + <usize>r * line, line, taps, kh, to, pixel, outWidth, channels - c, adds);
    }
  }
  finishRows(y, pixel, rows * outWidth, channels, ptr(a, 2), ptr(a, 3) && !adds ? ptr(a, 3) + at : 0, int(a, 5));
}
