// Depthwise convolutions with multiplier 1: 8 channels at a time, 4 outputs that use the same taps at a time.
// Such outputs lie along a row, or at one place in 4 pictures (no borders to care for; for small pictures).
import { activateRange, CLAMPS, highOf, lowOf } from '../simd/activation.as';
import { end, int, ptr } from '../simd/record.as';
import { columnMoments } from '../simd/sums.as';
import { add, clamp, ld, madd, st, stLanes, zero } from '../simd/vector.as';
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

@inline function put(y: usize, residual: usize, v: v128, bias: v128, low: v128, high: v128, lanes: i32): void {
  v = add(v, bias);
  if (residual) v = add(v, ld(residual));
  stLanes(y, clamp(v, low, high), lanes);
}

/** 4 outputs × 8 channels; steps in bytes. */
@inline function four(
  x: usize, xStep: usize, xTap: usize, xRow: usize, w: usize, wTap: usize, wRow: usize, nx: i32, ny: i32,
  y: usize, yStep: usize, residual: usize, bias: usize, low: v128, high: v128, lanes: i32,
): void {
  let a0 = zero(), b0 = zero(), a1 = zero(), b1 = zero(), a2 = zero(), b2 = zero(), a3 = zero(), b3 = zero();
  const span = <usize>nx * wTap;
  for (let i = 0; i < ny; i++, x += xRow, w += wRow) {
    let p = x;
    const last = w + span;
    for (let t = w; t != last; t += wTap, p += xTap) {
      const u = ld(t), v = v128.load(t, 16);
      const p1 = p + xStep, p2 = p1 + xStep, p3 = p2 + xStep;
      a0 = madd(a0, ld(p), u); b0 = madd(b0, v128.load(p, 16), v);
      a1 = madd(a1, ld(p1), u); b1 = madd(b1, v128.load(p1, 16), v);
      a2 = madd(a2, ld(p2), u); b2 = madd(b2, v128.load(p2, 16), v);
      a3 = madd(a3, ld(p3), u); b3 = madd(b3, v128.load(p3, 16), v);
    }
  }
  const s = bias ? ld(bias) : zero(), t = bias ? v128.load(bias, 16) : zero();
  const rStep = residual ? yStep : 0;
  put2(y, residual, a0, b0, s, t, low, high, lanes); y += yStep; residual += rStep;
  put2(y, residual, a1, b1, s, t, low, high, lanes); y += yStep; residual += rStep;
  put2(y, residual, a2, b2, s, t, low, high, lanes); y += yStep; residual += rStep;
  put2(y, residual, a3, b3, s, t, low, high, lanes);
}

@inline function put2(y: usize, r: usize, a: v128, b: v128, s: v128, t: v128, low: v128, high: v128, lanes: i32): void {
  put(y, r, a, s, low, high, lanes);
  if (lanes > 4) put(y + 16, r ? r + 16 : 0, b, t, low, high, lanes - 4);
}

@inline function one(
  x: usize, xTap: usize, xRow: usize, w: usize, wTap: usize, wRow: usize, nx: i32, ny: i32,
  y: usize, residual: usize, bias: usize, low: v128, high: v128, lanes: i32,
): void {
  let a = zero(), b = zero();
  const span = <usize>nx * wTap;
  for (let i = 0; i < ny; i++, x += xRow, w += wRow) {
    let p = x;
    const last = w + span;
    for (let t = w; t != last; t += wTap, p += xTap) {
      a = madd(a, ld(p), ld(t)); b = madd(b, v128.load(p, 16), v128.load(t, 16));
    }
  }
  put2(y, residual, a, b, bias ? ld(bias) : zero(), bias ? v128.load(bias, 16) : zero(), low, high, lanes);
}

/**
 * Forward and input gradient: y = activation(x ∗ w + bias + residual). Arguments after the geometry: x, w, bias,
 * residual, y, activation, 1: input gradient (x is dy, y is dx), rows of pictures a task (0: 4 pictures a task),
 * moments.
 */
export function depthwise(g: usize, task: i32): void {
  const a = g + (GEOMETRY_WORDS << 2);
  const gradient = int(a, 6) != 0, perTask = int(a, 7), activation = int(a, 5), batch = batchOf(g);
  const outHeight = gradient ? inputHeight(g) : outputHeight(g), outWidth = gradient ? inputWidth(g) : outputWidth(g);
  const pixels = <usize>inputChannels(g) << 2, channels = inputChannels(g);
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
  const y = ptr(a, 4) + <usize>start * pixels;
  if (activation > CLAMPS) activateRange(activation, y, count * channels);
  const moments = ptr(a, 8), means = moments ? moments + <usize>(2 * task) * pixels : 0;
  if (means) columnMoments(y, pixels, count, channels, means, means + pixels);
}

function alongRow(g: usize, a: usize, gradient: bool, n: i32, row: i32): void {
  const channels = inputChannels(g), pixel = <usize>channels << 2;
  const height = gradient ? outputHeight(g) : inputHeight(g), width = gradient ? outputWidth(g) : inputWidth(g);
  const outHeight = gradient ? inputHeight(g) : outputHeight(g), outWidth = gradient ? inputWidth(g) : outputWidth(g);
  const s = strideWidth(g), d = dilationWidth(g), pad = padLeft(g), kw = kernelWidth(g);
  const low = lowOf(int(a, 5)), high = highOf(int(a, 5));
  axis(gradient, row, kernelHeight(g), strideHeight(g), dilationHeight(g), padTop(g), height);
  const ny = stop - begin;
  const wRow = <usize>(tapStep * kw) * pixel, xRow = <usize>(pixelStep * width) * pixel;
  const w = ptr(a, 1) + <usize>((first + begin * tapStep) * kw) * pixel;
  const x = ptr(a, 0) + <usize>((n * height + from + begin * pixelStep) * width) * pixel;
  const at = <usize>((n * outHeight + row) * outWidth) * pixel, y = ptr(a, 4) + at;
  const residual = ptr(a, 3), bias = ptr(a, 2);
  // Outputs `step` apart use the same taps.
  const step = gradient ? s : 1, xStep = gradient ? pixel : <usize>s * pixel, yStep = <usize>step * pixel;
  for (let phase = 0; phase < step; phase++)
    for (let c = 0; c < channels; c += 8) {
      const lanes = channels - c, offset = <usize>c << 2;
      for (let o = phase; o < outWidth; ) {
        axis(gradient, o, kw, s, d, pad, width);
        const nx = stop - begin;
        const xo = x + <usize>(from + begin * pixelStep) * pixel + offset;
        const wo = w + <usize>(first + begin * tapStep) * pixel + offset;
        const yo = y + <usize>o * pixel + offset, ro = residual ? residual + at + <usize>o * pixel + offset : 0;
        const bo = bias ? bias + offset : 0, xTap = <usize>pixelStep * pixel, wTap = <usize>tapStep * pixel;
        let runs = 0;
        if (nx == taps && nx > 0) {
          // How many groups of 4 lie inside: bounded by the last pixel that a window may read.
          const reach = max(from, from + (taps - 1) * pixelStep), apart = gradient ? 1 : s;
          runs = min((width - 1 - reach) / apart + 1, (outWidth - 1 - o) / step + 1) >> 2;
        }
        if (runs == 0) {
          one(xo, xTap, xRow, wo, wTap, wRow, nx, ny, yo, ro, bo, low, high, lanes);
          o += step;
          continue;
        }
        for (let i = 0; i < runs; i++) {
          const moved = <usize>(4 * i);
          four(
            xo + moved * xStep, xStep, xTap, xRow, wo, wTap, wRow, nx, ny,
            yo + moved * yStep, yStep, ro ? ro + moved * yStep : 0, bo, low, high, lanes,
          );
        }
        o += 4 * runs * step;
      }
    }
}

function acrossPictures(g: usize, a: usize, gradient: bool, n: i32, pictures: i32): void {
  const channels = inputChannels(g), pixel = <usize>channels << 2;
  const height = gradient ? outputHeight(g) : inputHeight(g), width = gradient ? outputWidth(g) : inputWidth(g);
  const outHeight = gradient ? inputHeight(g) : outputHeight(g), outWidth = gradient ? inputWidth(g) : outputWidth(g);
  const kw = kernelWidth(g), low = lowOf(int(a, 5)), high = highOf(int(a, 5));
  const xStep = <usize>(height * width) * pixel, yStep = <usize>(outHeight * outWidth) * pixel;
  const residual = ptr(a, 3), bias = ptr(a, 2);
  for (let c = 0; c < channels; c += 8) {
    const lanes = channels - c, offset = <usize>c << 2, bo = bias ? bias + offset : 0;
    for (let row = 0; row < outHeight; row++) {
      axis(gradient, row, kernelHeight(g), strideHeight(g), dilationHeight(g), padTop(g), height);
      const ny = stop - begin;
      const wRow = <usize>(tapStep * kw) * pixel, xRow = <usize>(pixelStep * width) * pixel;
      const w = ptr(a, 1) + <usize>((first + begin * tapStep) * kw) * pixel + offset;
      const x = ptr(a, 0) + <usize>n * xStep + <usize>((from + begin * pixelStep) * width) * pixel + offset;
      for (let o = 0; o < outWidth; o++) {
        axis(gradient, o, kw, strideWidth(g), dilationWidth(g), padLeft(g), width);
        const nx = stop - begin, at = <usize>n * yStep + <usize>(row * outWidth + o) * pixel + offset;
        let xo = x + <usize>(from + begin * pixelStep) * pixel;
        const wo = w + <usize>(first + begin * tapStep) * pixel, ro = residual ? residual + at : 0;
        const yo = ptr(a, 4) + at, xTap = <usize>pixelStep * pixel, wTap = <usize>tapStep * pixel;
        if (pictures == 4) four(xo, xStep, xTap, xRow, wo, wTap, wRow, nx, ny, yo, yStep, ro, bo, low, high, lanes);
        else
          for (let i = 0; i < pictures; i++) {
            const moved = <usize>i * yStep;
            one(xo + <usize>i * xStep, xTap, xRow, wo, wTap, wRow, nx, ny, yo + moved, ro ? ro + moved : 0, bo, low, high, lanes);
          }
      }
    }
  }
}

/** Products that are summed before they join the sum of the others. */
const TOGETHER: i32 = 256;

/**
 * dw of 8 channels and some pictures a task. Arguments after the geometry: x, dy, dw or parts, pictures a part.
 */
export function depthwiseFilterGradient(g: usize, task: i32): void {
  const a = g + (GEOMETRY_WORDS << 2);
  const channels = inputChannels(g), pixel = <usize>channels << 2, blocks = (channels + 7) >> 3;
  const part = task / blocks, c = (task - part * blocks) << 3, offset = <usize>c << 2, lanes = channels - c;
  const kh = kernelHeight(g), kw = kernelWidth(g), height = inputHeight(g), width = inputWidth(g);
  const outHeight = outputHeight(g), outWidth = outputWidth(g);
  const pictures = int(a, 3), n0 = part * pictures, n1 = end(batchOf(g), pictures, part);
  const sy = strideHeight(g), sx = strideWidth(g), xStep = <usize>sx * pixel;
  let out = ptr(a, 2) + <usize>(part * kh * kw) * pixel + offset;
  for (let p = 0; p < kh; p++) {
    const top = p * dilationHeight(g) - padTop(g);
    const y0 = top < 0 ? (sy - 1 - top) / sy : 0, y1 = height > top ? min(outHeight, (height - top + sy - 1) / sy) : 0;
    for (let q = 0; q < kw; q++, out += pixel) {
      const left = q * dilationWidth(g) - padLeft(g);
      const x0 = left < 0 ? (sx - 1 - left) / sx : 0, x1 = width > left ? min(outWidth, (width - left + sx - 1) / sx) : 0;
      let a0 = zero(), b0 = zero(), a1 = zero(), b1 = zero(), together = 0;
      if (x1 > x0)
        for (let n = n0; n < n1; n++)
          for (let i = y0; i < y1; i++) {
            let d = ptr(a, 1) + <usize>((n * outHeight + i) * outWidth + x0) * pixel + offset;
            let x = ptr(a, 0) + <usize>((n * height + i * sy + top) * width + x0 * sx + left) * pixel + offset;
            for (const last = d + <usize>(x1 - x0) * pixel; d != last; d += pixel, x += xStep) {
              a0 = madd(a0, ld(x), ld(d));
              b0 = madd(b0, v128.load(x, 16), v128.load(d, 16));
            }
            together += x1 - x0;
            if (together >= TOGETHER) {
              a1 = add(a1, a0);
              b1 = add(b1, b0);
              a0 = zero();
              b0 = zero();
              together = 0;
            }
          }
      stLanes(out, add(a1, a0), lanes);
      stLanes(out + 16, add(b1, b0), lanes - 4);
    }
  }
}
