// Depthwise convolutions with multiplier 1: 8 channels at a time, 4 outputs that use the same taps at a time.
// Such outputs lie along a row, or at one place in 4 pictures (no borders to care for; for small pictures).
import { finishRows } from '../simd/finish.as';
import { ownTile, storeTile } from '../simd/product.as';
import { end, int, ptr } from '../simd/record.as';
import { ld, madd, st, touch, zero } from '../simd/vector.as';
import {
  batchOf, dilationHeight, dilationWidth, GEOMETRY_WORDS, inputChannels, inputHeight, inputWidth, kernelHeight,
  kernelWidth, outputHeight, outputWidth, padLeft, padTop, strideHeight, strideWidth,
} from '../simd/windows.as';

// One axis of one output: taps first + t · tapStep read pixels from + t · pixelStep, for t in [begin, stop).
let first: i32 = 0, tapStep: i32 = 1, from: i32 = 0, pixelStep: i32 = 1, begin: i32 = 0, stop: i32 = 0, taps: i32 = 0;

/** @param length pixels on the read side; gradient: of the input, where the read side is the output */
function axis(gradient: bool, o: i32, k: i32, s: i32, d: i32, pad: i32, length: i32): void {
  first = 0;
  tapStep = 1;
  taps = k;
  if (!gradient) {
    from = o * s - pad;
    pixelStep = d;
  } else if (s == 1) {
    from = o + pad;
    pixelStep = -d;
  } else {
    // Only every s-th tap of an output reaches this pixel (there is no dilation here: see `depthwiseSteps`).
    first = (o + pad) % s;
    from = (o + pad - first) / s;
    pixelStep = -1;
    tapStep = s;
    taps = first < k ? (k - first + s - 1) / s : 0;
  }
  if (pixelStep > 0) {
    begin = from < 0 ? (pixelStep - 1 - from) / pixelStep : 0;
    stop = from < length ? min(taps, (length - from + pixelStep - 1) / pixelStep) : 0;
  } else {
    begin = from >= length ? (from - length) / -pixelStep + 1 : 0;
    stop = from >= 0 ? min(taps, from / -pixelStep + 1) : 0;
  }
  if (stop < begin) stop = begin;
}

// Sums for blocks of 8 channels, one after the other. Functions of their own, with as little alive in the inner loop
// as can be, for the sake of registers. Steps in bytes.

/** 4 outputs. */
function sums4(
  x: usize, xStep: usize, xTap: usize, xRow: usize, w: usize, wTap: usize, wRow: usize, span: usize, ny: i32,
  y: usize, yStep: usize, blocks: i32,
): void {
  for (; blocks > 0; blocks--, x += 32, w += 32, y += 32) {
    let a0 = zero(), b0 = zero(), a1 = zero(), b1 = zero(), a2 = zero(), b2 = zero(), a3 = zero(), b3 = zero();
    let row = x, line = w;
    for (let i = ny; i > 0; i--, row += xRow, line += wRow) {
      let p = row;
      for (let t = line, last = line + span; t != last; t += wTap, p += xTap) {
        const u = ld(t), v = v128.load(t, 16);
        a0 = madd(a0, ld(p), u); b0 = madd(b0, v128.load(p, 16), v);
        let q = p + xStep;
        a1 = madd(a1, ld(q), u); b1 = madd(b1, v128.load(q, 16), v);
        q += xStep;
        a2 = madd(a2, ld(q), u); b2 = madd(b2, v128.load(q, 16), v);
        q += xStep;
        a3 = madd(a3, ld(q), u); b3 = madd(b3, v128.load(q, 16), v);
      }
    }
    let to = y;
    st(to, a0); v128.store(to, b0, 16); to += yStep;
    st(to, a1); v128.store(to, b1, 16); to += yStep;
    st(to, a2); v128.store(to, b2, 16); to += yStep;
    st(to, a3); v128.store(to, b3, 16);
  }
}

/** One output. */
function sums1(
  x: usize, xTap: usize, xRow: usize, w: usize, wTap: usize, wRow: usize, span: usize, ny: i32, y: usize, blocks: i32,
): void {
  for (; blocks > 0; blocks--, x += 32, w += 32, y += 32) {
    let a = zero(), b = zero(), row = x, line = w;
    for (let i = ny; i > 0; i--, row += xRow, line += wRow) {
      let p = row;
      for (let t = line, last = line + span; t != last; t += wTap, p += xTap) {
        a = madd(a, ld(p), ld(t)); b = madd(b, v128.load(p, 16), v128.load(t, 16));
      }
    }
    st(y, a);
    v128.store(y, b, 16);
  }
}

/** Which taps the outputs at hand use, in bytes: the same for all channels. */
let xStep: usize = 0, xTap: usize = 0, xRow: usize = 0, wTap: usize = 0, wRow: usize = 0, span: usize = 0, ny: i32 = 0;

function sums(x: usize, w: usize, y: usize, yStep: usize, blocks: i32, outputs: i32): void {
  if (outputs == 1) sums1(x, xTap, xRow, w, wTap, wRow, span, ny, y, blocks);
  else sums4(x, xStep, xTap, xRow, w, wTap, wRow, span, ny, y, yStep, blocks);
}

/** All `channels` of 1 or 4 outputs. */
function outputsAt(x: usize, w: usize, y: usize, yStep: usize, channels: i32, outputs: i32, adds: bool): void {
  const blocks = adds ? 0 : channels >> 3;
  if (blocks > 0) sums(x, w, y, yStep, blocks, outputs);
  for (let c = blocks << 3; c < channels; c += 8) {
    const offset = <usize>c << 2, tile = ownTile();
    sums(x + offset, w + offset, tile, 32, 1, outputs);
    storeTile(tile, outputs, y + offset, yStep, channels - c, adds);
  }
}

/**
 * Forward and input gradient: y = activation(x ∗ w + bias + residual). Arguments after the geometry: x, w, bias,
 * residual, y, activation, 1: input gradient (x is dy, y is dx), rows of pictures a task (0: 4 pictures a task).
 */
export function depthwise(g: usize, task: i32): void {
  const a = g + (GEOMETRY_WORDS << 2);
  const gradient = int(a, 6) != 0, perTask = int(a, 7), activation = int(a, 5), batch = batchOf(g);
  const outHeight = gradient ? inputHeight(g) : outputHeight(g), outWidth = gradient ? inputWidth(g) : outputWidth(g);
  const channels = inputChannels(g), pixel = <usize>channels << 2;
  let start: i32, count: i32;
  if (perTask > 0) {
    start = task * perTask;
    const last = end(batch * outHeight, perTask, task);
    for (let row = start; row < last; row++) alongRow(g, a, gradient, row / outHeight, row % outHeight);
    count = (last - start) * outWidth;
    start *= outWidth;
  } else {
    start = 4 * task;
    acrossPictures(g, a, gradient, start, min(4, batch - start));
    count = min(4, batch - start) * outHeight * outWidth;
    start *= outHeight * outWidth;
  }
  const at = <usize>start * pixel, residual = ptr(a, 3) && ptr(a, 3) != ptr(a, 4) ? ptr(a, 3) + at : 0;
  finishRows(ptr(a, 4) + at, pixel, count, channels, ptr(a, 2), residual, activation);
}

function alongRow(g: usize, a: usize, gradient: bool, n: i32, row: i32): void {
  const channels = inputChannels(g), pixel = <usize>channels << 2;
  const height = gradient ? outputHeight(g) : inputHeight(g), width = gradient ? outputWidth(g) : inputWidth(g);
  const outHeight = gradient ? inputHeight(g) : outputHeight(g), outWidth = gradient ? inputWidth(g) : outputWidth(g);
  const s = strideWidth(g), d = dilationWidth(g), pad = padLeft(g), kw = kernelWidth(g);
  axis(gradient, row, kernelHeight(g), strideHeight(g), dilationHeight(g), padTop(g), height);
  ny = stop - begin;
  wRow = <usize>(tapStep * kw) * pixel;
  xRow = <usize>(pixelStep * width) * pixel;
  const w = ptr(a, 1) + <usize>((first + begin * tapStep) * kw) * pixel;
  const x = ptr(a, 0) + <usize>((n * height + from + begin * pixelStep) * width) * pixel;
  const at = <usize>((n * outHeight + row) * outWidth) * pixel, y = ptr(a, 4) + at;
  const isInPlace = ptr(a, 3) == ptr(a, 4);
  if (ny) {
    const fresh = gradient ? 1 : min(ny, strideHeight(g));
    const lastRow = gradient ? from : from + (stop - 1) * pixelStep - fresh + 1;
    touch(ptr(a, 0) + <usize>((n * height + lastRow) * width) * pixel, <usize>(fresh * width) * pixel);
  }
  // Outputs `step` apart use the same taps.
  const step = gradient ? s : 1, yStep = <usize>step * pixel;
  xStep = gradient ? pixel : <usize>s * pixel;
  for (let phase = 0; phase < step; phase++) {
    let hasFour = false;
    for (let o = phase; o < outWidth; ) {
      axis(gradient, o, kw, s, d, pad, width);
      const nx = stop - begin;
      xTap = <usize>pixelStep * pixel;
      wTap = <usize>tapStep * pixel;
      span = <usize>nx * wTap;
      // How many outputs from here on have all taps inside: 4 are done together, and the last 3 or fewer with some
      // that are done already, which get the same sums again (where they are added to what is there they would not).
      const reach = max(from, from + (taps - 1) * pixelStep), apart = gradient ? 1 : s;
      const inside = nx == taps && nx > 0 ? min((width - 1 - reach) / apart, (outWidth - 1 - o) / step) + 1 : 0;
      const again = inside < 4 && inside > 0 && hasFour && !isInPlace ? 4 - inside : 0;
      const outputs = inside >= 4 || again ? 4 : 1;
      const moved = <usize>(o - again * step) * pixel;
      // All channels at once: pictures are read from front to back, as the processor's prefetching wants it.
      outputsAt(
        x + <usize>(from + begin * pixelStep) * pixel - <usize>again * xStep, w + <usize>(first + begin * tapStep) * pixel,
        y + moved, yStep, channels, outputs, isInPlace,
      );
      hasFour = hasFour || outputs == 4;
      o += (outputs - again) * step;
    }
  }
}

/** Channels of 4 small pictures that stay in the L1 cache while the window moves over them. */
const CHANNELS_TOGETHER: i32 = 32;

function acrossPictures(g: usize, a: usize, gradient: bool, n: i32, pictures: i32): void {
  const channels = inputChannels(g), pixel = <usize>channels << 2;
  const height = gradient ? outputHeight(g) : inputHeight(g), width = gradient ? outputWidth(g) : inputWidth(g);
  const outHeight = gradient ? inputHeight(g) : outputHeight(g), outWidth = gradient ? inputWidth(g) : outputWidth(g);
  const kw = kernelWidth(g), yStep = <usize>(outHeight * outWidth) * pixel;
  const isInPlace = ptr(a, 3) == ptr(a, 4);
  xStep = <usize>(height * width) * pixel;
  for (let c = 0; c < channels; c += CHANNELS_TOGETHER) {
    const some = min(CHANNELS_TOGETHER, channels - c), offset = <usize>c << 2;
    for (let row = 0; row < outHeight; row++) {
      axis(gradient, row, kernelHeight(g), strideHeight(g), dilationHeight(g), padTop(g), height);
      ny = stop - begin;
      wRow = <usize>(tapStep * kw) * pixel;
      xRow = <usize>(pixelStep * width) * pixel;
      const w = ptr(a, 1) + <usize>((first + begin * tapStep) * kw) * pixel + offset;
      const x = ptr(a, 0) + <usize>n * xStep + <usize>((from + begin * pixelStep) * width) * pixel + offset;
      for (let o = 0; o < outWidth; o++) {
        axis(gradient, o, kw, strideWidth(g), dilationWidth(g), padLeft(g), width);
        xTap = <usize>pixelStep * pixel;
        wTap = <usize>tapStep * pixel;
        span = <usize>(stop - begin) * wTap;
        let at = <usize>n * yStep + <usize>(row * outWidth + o) * pixel + offset;
        let xo = x + <usize>(from + begin * pixelStep) * pixel;
        const wo = w + <usize>(first + begin * tapStep) * pixel, outputs = pictures == 4 ? 4 : 1;
        for (let i = 0; i < pictures; i += outputs, at += yStep, xo += xStep)
          outputsAt(xo, wo, ptr(a, 4) + at, yStep, some, outputs, isInPlace);
      }
    }
  }
}
