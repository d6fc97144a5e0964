// Pooling over windows, 4 channels at a time.
import { int, ptr } from '../simd/record.as';
import { add, div, fillZero, ld, splat, stLanes, zero } from '../simd/vector.as';
import {
  dilationHeight, dilationWidth, GEOMETRY_WORDS, inputChannels, inputHeight, inputWidth, kernelHeight, kernelWidth,
  outputHeight, outputWidth, padLeft, padTop, strideHeight, strideWidth,
} from '../simd/windows.as';

// The part of a window that lies in the picture: taps [first, stop) along an axis whose tap t is at from + t · d.
@inline function firstTap(from: i32, d: i32): i32 { return from < 0 ? (d - 1 - from) / d : 0; }
@inline function stopTap(from: i32, d: i32, k: i32, length: i32): i32 {
  return from < length ? min(k, (length - from + d - 1) / d) : 0;
}

/** One row of the output a task. Arguments after the geometry: x, y, 1: maximum (0: mean). */
export function pool(g: usize, task: i32): void {
  const a = g + (GEOMETRY_WORDS << 2), maximum = int(a, 2) != 0;
  const channels = inputChannels(g), pixel = <usize>channels << 2, width = inputWidth(g), outWidth = outputWidth(g);
  const n = task / outputHeight(g), top = (task % outputHeight(g)) * strideHeight(g) - padTop(g);
  const dy = dilationHeight(g), dx = dilationWidth(g);
  const p0 = firstTap(top, dy), p1 = stopTap(top, dy, kernelHeight(g), inputHeight(g));
  for (let o = 0; o < outWidth; o++) {
    const left = o * strideWidth(g) - padLeft(g);
    const q0 = firstTap(left, dx), q1 = stopTap(left, dx, kernelWidth(g), width);
    const share = splat(<f32>((p1 - p0) * (q1 - q0)));
    for (let c = 0; c < channels; c += 4) {
      let v = maximum ? splat(-<f32>Infinity) : zero();
      for (let p = p0; p < p1; p++) {
        let x = ptr(a, 0) + <usize>((n * inputHeight(g) + top + p * dy) * width + left + q0 * dx) * pixel + (<usize>c << 2);
        for (let q = q0; q < q1; q++, x += <usize>dx * pixel) v = maximum ? f32x4.max(v, ld(x)) : add(v, ld(x));
      }
      stLanes(ptr(a, 1) + <usize>(task * outWidth + o) * pixel + (<usize>c << 2), maximum ? v : div(v, share), channels - c);
    }
  }
}

/** One picture a task. Arguments after the geometry: x (maximum only), dy, dx, 1: maximum (0: mean). */
export function poolGradient(g: usize, task: i32): void {
  const a = g + (GEOMETRY_WORDS << 2), maximum = int(a, 3) != 0;
  const channels = inputChannels(g), pixel = <usize>channels << 2, width = inputWidth(g), outWidth = outputWidth(g);
  const dy = dilationHeight(g), dx = dilationWidth(g), picture = inputHeight(g) * width * channels;
  const base = <usize>(task * picture) << 2;
  fillZero(ptr(a, 2) + base, picture);
  for (let row = 0; row < outputHeight(g); row++) {
    const top = row * strideHeight(g) - padTop(g);
    const p0 = firstTap(top, dy), p1 = stopTap(top, dy, kernelHeight(g), inputHeight(g));
    for (let o = 0; o < outWidth; o++) {
      const left = o * strideWidth(g) - padLeft(g);
      const q0 = firstTap(left, dx), q1 = stopTap(left, dx, kernelWidth(g), width);
      const from = ptr(a, 1) + <usize>((task * outputHeight(g) + row) * outWidth + o) * pixel;
      const window = base + <usize>((top + p0 * dy) * width + left + q0 * dx) * pixel;
      const line = <usize>(dy * width) * pixel, next = <usize>dx * pixel;
      for (let c = 0; c < channels; c += 4) {
        const offset = <usize>c << 2, lanes = channels - c, gradient = ld(from + offset);
        if (maximum) {
          // Which tap holds the first maximum, by lane.
          let best = zero(), at = i32x4.splat(-1);
          for (let p = p0; p < p1; p++)
            for (let q = q0; q < q1; q++) {
              const v = ld(ptr(a, 0) + window + <usize>(p - p0) * line + <usize>(q - q0) * next + offset);
              const larger = v128.or(f32x4.gt(v, best), i32x4.eq(at, i32x4.splat(-1)));
              best = v128.bitselect(v, best, larger);
              at = v128.bitselect(i32x4.splat(p * kernelWidth(g) + q), at, larger);
            }
          for (let p = p0; p < p1; p++)
            for (let q = q0; q < q1; q++) {
              const to = ptr(a, 2) + window + <usize>(p - p0) * line + <usize>(q - q0) * next + offset;
              const here = i32x4.eq(at, i32x4.splat(p * kernelWidth(g) + q));
              stLanes(to, add(ld(to), v128.and(gradient, here)), lanes);
            }
        } else {
          const share = div(gradient, splat(<f32>((p1 - p0) * (q1 - q0))));
          for (let p = p0; p < p1; p++)
            for (let q = q0; q < q1; q++) {
              const to = ptr(a, 2) + window + <usize>(p - p0) * line + <usize>(q - q0) * next + offset;
              stLanes(to, add(ld(to), share), lanes);
            }
        }
      }
    }
  }
}
