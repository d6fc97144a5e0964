/** A part of a picture, in pixels. */
export interface PixelBox {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** Bytes of whole rows; a fourth channel is not read. */
export interface PixelRows {
  readonly bytes: Uint8ClampedArray | Uint8Array;
  readonly width: number;
  readonly channels: 3 | 4;
}

/**
 * Resizes a part of a picture with an antialiased bilinear (triangle) filter, in two passes with bytes in
 * between: what Pillow's `Image.resize(…, BILINEAR)` does, and so what networks are trained and evaluated
 * with. Browsers resize each in their own way; this way the same picture gives the same numbers everywhere.
 * @returns RGB bytes, [height, width, 3]
 */
export function resizePixels(
  rows: PixelRows,
  box: PixelBox,
  width: number,
  height: number,
): Uint8Array<ArrayBuffer> {
  const narrow = resizeRows(rows, box, width);
  return resizeColumns(narrow, box.height, width, height);
}

/** @returns RGB bytes, [box height, width, 3]. Clamped arrays round when they are written to. */
function resizeRows({ bytes, width: rowWidth, channels }: PixelRows, box: PixelBox, width: number) {
  const { first, taps, weights } = triangleFilter(box.width, width);
  const narrow = new Uint8ClampedArray(box.height * width * 3);
  let to = 0;
  for (let y = box.top; y < box.top + box.height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      let red = 0;
      let green = 0;
      let blue = 0;
      let at = (y * rowWidth + box.left + first[x]!) * channels;
      for (let tap = x * taps; tap < (x + 1) * taps; tap += 1, at += channels) {
        const weight = weights[tap]!;
        red += weight * bytes[at]!;
        green += weight * bytes[at + 1]!;
        blue += weight * bytes[at + 2]!;
      }
      narrow[to] = red;
      narrow[to + 1] = green;
      narrow[to + 2] = blue;
      to += 3;
    }
  }
  return narrow;
}

/** @param narrow RGB bytes, [box height, width, 3] */
function resizeColumns(
  narrow: Uint8ClampedArray,
  boxHeight: number,
  width: number,
  height: number,
): Uint8Array<ArrayBuffer> {
  const { first, taps, weights } = triangleFilter(boxHeight, height);
  const rowLength = width * 3;
  const resized = new Uint8ClampedArray(height * rowLength);
  const sums = new Float64Array(rowLength);
  for (let y = 0; y < height; y += 1) {
    sums.fill(0);
    for (let tap = 0; tap < taps; tap += 1) {
      const weight = weights[y * taps + tap]!;
      const from = (first[y]! + tap) * rowLength;
      for (let x = 0; x < rowLength; x += 1) sums[x]! += weight * narrow[from + x]!;
    }
    resized.set(sums, y * rowLength);
  }
  return new Uint8Array(resized.buffer);
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
