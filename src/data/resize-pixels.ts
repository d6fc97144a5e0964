/**
 * Resizes a picture to a square with an antialiased bilinear (triangle) filter, in two passes with bytes in
 * between: what Pillow's `Image.resize(…, BILINEAR)` does, and so what networks are trained and evaluated
 * with. Browsers resize each in their own way; this way the same picture gives the same numbers everywhere.
 * @param rgba opaque pixels, [height, width, 4]
 * @returns RGB bytes, [size, size, 3]
 */
export function resizeToSquare(
  rgba: Uint8ClampedArray,
  width: number,
  height: number,
  size: number,
): Uint8Array<ArrayBuffer> {
  const narrow = resizeRows(rgba, width, height, size);
  return resizeColumns(narrow, height, size);
}

/** @returns RGB bytes, [height, size, 3]. Clamped arrays round when they are written to. */
function resizeRows(rgba: Uint8ClampedArray, width: number, height: number, size: number): Uint8ClampedArray {
  const { first, taps, weights } = triangleFilter(width, size);
  const narrow = new Uint8ClampedArray(height * size * 3);
  let to = 0;
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < size; x += 1) {
      let red = 0;
      let green = 0;
      let blue = 0;
      let at = (y * width + first[x]!) * 4;
      for (let tap = x * taps; tap < (x + 1) * taps; tap += 1, at += 4) {
        const weight = weights[tap]!;
        red += weight * rgba[at]!;
        green += weight * rgba[at + 1]!;
        blue += weight * rgba[at + 2]!;
      }
      narrow[to] = red;
      narrow[to + 1] = green;
      narrow[to + 2] = blue;
      to += 3;
    }
  }
  return narrow;
}

/** @param narrow RGB bytes, [height, size, 3] */
function resizeColumns(narrow: Uint8ClampedArray, height: number, size: number): Uint8Array<ArrayBuffer> {
  const { first, taps, weights } = triangleFilter(height, size);
  const rowLength = size * 3;
  const square = new Uint8ClampedArray(size * rowLength);
  const sums = new Float64Array(rowLength);
  for (let y = 0; y < size; y += 1) {
    sums.fill(0);
    for (let tap = 0; tap < taps; tap += 1) {
      const weight = weights[y * taps + tap]!;
      const from = (first[y]! + tap) * rowLength;
      for (let x = 0; x < rowLength; x += 1) sums[x]! += weight * narrow[from + x]!;
    }
    square.set(sums, y * rowLength);
  }
  return new Uint8Array(square.buffer);
}

interface ResizeFilter {
  /** For each output the first input that counts. */
  readonly first: Int32Array;
  /** How many inputs from there on count, the same for all outputs. */
  readonly taps: number;
  /** [outputs, taps]; an output's weights sum to 1. */
  readonly weights: Float64Array;
}

/** The inputs under a triangle as wide as two outputs (never narrower than two inputs). */
function triangleFilter(inputs: number, outputs: number): ResizeFilter {
  const scale = inputs / outputs;
  const support = Math.max(scale, 1);
  const taps = Math.min(inputs, Math.ceil(support * 2) + 1);
  const first = new Int32Array(outputs);
  const weights = new Float64Array(outputs * taps);
  for (let output = 0; output < outputs; output += 1) {
    const centre = (output + 0.5) * scale;
    const start = Math.min(inputs - taps, Math.max(0, Math.floor(centre - support + 0.5)));
    const own = weights.subarray(output * taps, (output + 1) * taps);
    for (let tap = 0; tap < taps; tap += 1) {
      own[tap] = Math.max(0, 1 - Math.abs((start + tap + 0.5 - centre) / support));
    }
    const sum = own.reduce((total, weight) => total + weight, 0);
    for (let tap = 0; tap < taps; tap += 1) own[tap]! /= sum;
    first[output] = start;
  }
  return { first, taps, weights };
}
