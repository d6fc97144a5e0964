// Convolutions as matrix products: the windows of a picture as rows (im2col), and back (col2im).
import { add, copyOver, ld, st, stFew } from './vector.as';
import { int } from './record.as';

// Words of a geometry, as `geometryWords` (wasm/words.ts) writes them.
@inline export function batchOf(g: usize): i32 { return int(g, 0); }
@inline export function inputHeight(g: usize): i32 { return int(g, 1); }
@inline export function inputWidth(g: usize): i32 { return int(g, 2); }
@inline export function inputChannels(g: usize): i32 { return int(g, 3); }
@inline export function outputHeight(g: usize): i32 { return int(g, 4); }
@inline export function outputWidth(g: usize): i32 { return int(g, 5); }
@inline export function outputChannels(g: usize): i32 { return int(g, 6); }
@inline export function kernelHeight(g: usize): i32 { return int(g, 7); }
@inline export function kernelWidth(g: usize): i32 { return int(g, 8); }
@inline export function strideHeight(g: usize): i32 { return int(g, 9); }
@inline export function strideWidth(g: usize): i32 { return int(g, 10); }
@inline export function dilationHeight(g: usize): i32 { return int(g, 11); }
@inline export function dilationWidth(g: usize): i32 { return int(g, 12); }
@inline export function padTop(g: usize): i32 { return int(g, 13); }
@inline export function padLeft(g: usize): i32 { return int(g, 14); }
@inline export function groupsOf(g: usize): i32 { return int(g, 15); }
export const GEOMETRY_WORDS: i32 = 16;

/**
 * Windows of output positions [start, stop) as rows of [kernelHeight · kernelWidth · channels of one group].
 * Writes up to 12 bytes past the last row.
 */
export function windowsToRows(x: usize, g: usize, group: i32, start: i32, stop: i32, to: usize): void {
  const height = inputHeight(g), width = inputWidth(g), all = inputChannels(g);
  const channels = all / groupsOf(g);
  const kh = kernelHeight(g), kw = kernelWidth(g);
  const outWidth = outputWidth(g), positions = outputHeight(g) * outWidth;
  const run = <usize>channels << 2, pixel = <usize>all << 2;
  const whole = channels == all && dilationWidth(g) == 1;
  for (let r = start; r < stop; r++) {
    const n = r / positions, at = r - n * positions;
    const oy = at / outWidth, ox = at - oy * outWidth;
    const x0 = ox * strideWidth(g) - padLeft(g);
    let y = oy * strideHeight(g) - padTop(g);
    for (let p = 0; p < kh; p++, y += dilationHeight(g)) {
      if (y < 0 || y >= height) {
        zeroOver(to, kw * channels);
        to += run * kw;
        continue;
      }
      const line = x + <usize>((n * height + y) * width) * pixel + <usize>group * run;
      if (whole && x0 >= 0 && x0 + kw <= width) {
        copyOver(to, line + <usize>x0 * pixel, kw * channels);
        to += run * kw;
        continue;
      }
      let column = x0;
      for (let q = 0; q < kw; q++, column += dilationWidth(g), to += run) {
        if (column < 0 || column >= width) zeroOver(to, channels);
        else copyOver(to, line + <usize>column * pixel, channels);
      }
    }
  }
}

@inline function zeroOver(to: usize, elements: i32): void {
  for (let i = 0; i < elements; i += 4, to += 16) st(to, f32x4.splat(0));
}

/** Adds rows made by output positions [start, stop) of picture n to the pixels their windows cover. */
export function rowsToWindows(rows: usize, g: usize, group: i32, n: i32, start: i32, stop: i32, x: usize): void {
  const height = inputHeight(g), width = inputWidth(g), all = inputChannels(g);
  const channels = all / groupsOf(g);
  const kh = kernelHeight(g), kw = kernelWidth(g), outWidth = outputWidth(g);
  const run = <usize>channels << 2, pixel = <usize>all << 2;
  for (let at = start; at < stop; at++) {
    const oy = at / outWidth, ox = at - oy * outWidth;
    let y = oy * strideHeight(g) - padTop(g);
    for (let p = 0; p < kh; p++, y += dilationHeight(g)) {
      let column = ox * strideWidth(g) - padLeft(g);
      const line = x + <usize>((n * height + y) * width) * pixel + <usize>group * run;
      for (let q = 0; q < kw; q++, column += dilationWidth(g), rows += run) {
        if (y < 0 || y >= height || column < 0 || column >= width) continue;
        addOver(line + <usize>column * pixel, rows, channels);
      }
    }
  }
}

@inline function addOver(to: usize, from: usize, elements: i32): void {
  let i = 0;
  for (; i + 4 <= elements; i += 4, to += 16, from += 16) st(to, add(ld(to), ld(from)));
  if (i < elements) stFew(to, add(ld(to), ld(from)), elements - i);
}
