// Convolutions but depthwise ones, as products with packed filters (simd/product.as.ts).
import { finishRows } from '../simd/finish.as';
import { K_BLOCK, packPanel, packTransposed, panelProduct } from '../simd/product.as';
import { end, int, ownScratch, ptr } from '../simd/record.as';
import { fillZero } from '../simd/vector.as';
import {
  batchOf, GEOMETRY_WORDS, groupsOf, inputChannels, inputHeight, inputWidth, kernelHeight, kernelWidth,
  outputChannels, outputHeight, outputWidth, rowsToWindows, windowsToRows,
} from '../simd/windows.as';

/** One panel of 8 columns a task. Arguments: w[groups][k][·], k, columns a group, row stride in elements, packed. */
export function packFilter(a: usize, task: i32): void {
  const k = int(a, 1), columns = int(a, 2), panels = (columns + 7) >> 3;
  const group = task / panels, column = (task - group * panels) << 3;
  const w = ptr(a, 0) + (<usize>(group * columns + column) << 2);
  packPanel(w, <usize>int(a, 3) << 2, k, min(8, columns - column), ptr(a, 4) + <usize>task * (<usize>k << 5));
}

/** The same of the filter transposed: k = output channels of a group, columns = the rows of the filter. */
export function packFilterTransposed(a: usize, task: i32): void {
  const k = int(a, 1), columns = int(a, 2), panels = (columns + 7) >> 3, stride = <usize>int(a, 3) << 2;
  const group = task / panels, column = (task - group * panels) << 3;
  const w = ptr(a, 0) + (<usize>(group * k) << 2) + <usize>column * stride;
  packTransposed(w, stride, k, min(8, columns - column), ptr(a, 4) + <usize>task * (<usize>k << 5));
}

/** The product of some rows with one panel, in blocks of k. */
function product(
  x: usize, xStride: usize, rows: i32, panel: usize, k: i32, y: usize, yStride: usize, columns: i32, adds: bool,
): void {
  for (let done = 0; done < k; done += K_BLOCK, adds = true) {
    const terms = x + (<usize>done << 2), block = panel + (<usize>done << 5);
    panelProduct(terms, xStride, 4, rows, block, min(K_BLOCK, k - done), y, yStride, columns, adds);
  }
}

/**
 * y = activation(x · w + bias + residual). Arguments: x, rows, k, columns, packed, bias, residual, y, rows a task,
 * panels a task, activation.
 */
export function matrixProduct(a: usize, task: i32): void {
  const rows = int(a, 1), k = int(a, 2), columns = int(a, 3), chunk = int(a, 8), width = int(a, 9) << 3;
  const activation = int(a, 10);
  const across = (columns + width - 1) / width;
  const block = task / across, c0 = (task - block * across) * width, c1 = min(columns, c0 + width);
  const start = block * chunk, count = end(rows, chunk, block) - start;
  const xStride = <usize>k << 2, yStride = <usize>columns << 2, panelBytes = <usize>k << 5;
  const x = ptr(a, 0) + <usize>start * xStride, at = <usize>start * yStride, bias = ptr(a, 5);
  const y = ptr(a, 7) + at, residual = ptr(a, 6), isInPlace = residual == ptr(a, 7);
  for (let c = c0; c < c1; c += 8) {
    const panel = ptr(a, 4) + <usize>(c >> 3) * panelBytes;
    product(x, xStride, count, panel, k, y + (<usize>c << 2), yStride, min(8, c1 - c), isInPlace);
  }
  const offset = <usize>c0 << 2, more = residual && !isInPlace ? residual + at + offset : 0;
  finishRows(y + offset, yStride, count, c1 - c0, bias ? bias + offset : 0, more, activation);
}

/**
 * The same by windows, any geometry and groups. Arguments after the geometry: x, packed, bias, residual, y,
 * rows a task, activation, scratch, bytes of it a thread.
 */
export function windowProduct(g: usize, task: i32): void {
  const a = g + (GEOMETRY_WORDS << 2);
  const groups = groupsOf(g), columns = outputChannels(g), each = columns / groups;
  const k = kernelHeight(g) * kernelWidth(g) * (inputChannels(g) / groups);
  const chunk = int(a, 5), activation = int(a, 6), start = task * chunk;
  const count = end(batchOf(g) * outputHeight(g) * outputWidth(g), chunk, task) - start;
  const windows = ownScratch(ptr(a, 7), int(a, 8));
  const yStride = <usize>columns << 2, at = <usize>start * yStride, y = ptr(a, 4) + at;
  const residual = ptr(a, 3), isInPlace = residual == ptr(a, 4);
  let panel = ptr(a, 1);
  for (let group = 0; group < groups; group++) {
    windowsToRows(ptr(a, 0), g, group, start, start + count, windows);
    for (let c = 0; c < each; c += 8, panel += <usize>k << 5) {
      const offset = <usize>(group * each + c) << 2;
      product(windows, <usize>k << 2, count, panel, k, y + offset, yStride, min(8, each - c), isInPlace);
    }
  }
  finishRows(y, yStride, count, columns, ptr(a, 2), residual && !isInPlace ? residual + at : 0, activation);
}

/**
 * dx of one picture a task: rows of window gradients, added to the pixels they came from. Arguments after the
 * geometry: dy, packed (transposed), dx, 1: add to what is there, rows at a time, scratch, bytes of it a thread.
 */
export function windowInputGradient(g: usize, task: i32): void {
  const a = g + (GEOMETRY_WORDS << 2);
  const groups = groupsOf(g), all = outputChannels(g), each = all / groups;
  const columns = kernelHeight(g) * kernelWidth(g) * (inputChannels(g) / groups);
  const positions = outputHeight(g) * outputWidth(g), chunk = int(a, 4);
  const picture = inputHeight(g) * inputWidth(g) * inputChannels(g);
  const rows = ownScratch(ptr(a, 5), int(a, 6)), stride = <usize>columns << 2, dyStride = <usize>all << 2;
  if (!int(a, 3)) fillZero(ptr(a, 2) + (<usize>(task * picture) << 2), picture);
  for (let start = 0; start < positions; start += chunk) {
    const count = min(chunk, positions - start);
    let panel = ptr(a, 1);
    for (let group = 0; group < groups; group++) {
      const dy = ptr(a, 0) + <usize>(task * positions + start) * dyStride + (<usize>(group * each) << 2);
      for (let c = 0; c < columns; c += 8, panel += <usize>each << 5)
        product(dy, dyStride, count, panel, each, rows + (<usize>c << 2), stride, min(8, columns - c), false);
      rowsToWindows(rows, g, group, task, start, start + count, ptr(a, 2));
    }
  }
}

/** Rows whose products are summed before they join the gradient; a packed panel of them stays in the L1 cache. */
const GRADIENT_ROWS: i32 = 96;

/**
 * dw[k, o] of a part of the rows and some panels of o. Arguments after the geometry: x, dy, dw or parts, rows a
 * part, parts, panels a task, scratch, bytes of it a thread, 1: x is read through windows.
 */
export function filterGradient(g: usize, task: i32): void {
  const a = g + (GEOMETRY_WORDS << 2);
  const groups = groupsOf(g), all = outputChannels(g), each = all / groups;
  const k = kernelHeight(g) * kernelWidth(g) * (inputChannels(g) / groups);
  const rows = batchOf(g) * outputHeight(g) * outputWidth(g);
  const perPart = int(a, 3), width = int(a, 5) << 3, across = (each + width - 1) / width;
  const part = task / across, c0 = (task - part * across) * width, c1 = min(each, c0 + width);
  const panel = ownScratch(ptr(a, 6), int(a, 7)), windows = panel + (GRADIENT_ROWS << 5);
  const byWindows = int(a, 8) != 0, xStride = <usize>k << 2, stride = <usize>all << 2;
  const out = ptr(a, 2) + <usize>part * (<usize>k * stride);
  const from = part * perPart, stop = end(rows, perPart, part);
  for (let start = from; start < stop; start += GRADIENT_ROWS) {
    const count = min(GRADIENT_ROWS, stop - start);
    for (let group = 0; group < groups; group++) {
      let x = windows;
      if (byWindows) windowsToRows(ptr(a, 0), g, group, start, start + count, windows);
      else x = ptr(a, 0) + <usize>start * xStride;
      for (let c = c0; c < c1; c += 8) {
        const offset = <usize>(group * each + c) << 2, columns = min(8, c1 - c);
        packPanel(ptr(a, 1) + <usize>start * stride + offset, stride, count, columns, panel);
        panelProduct(x, 4, xStride, k, panel, count, out + offset, stride, columns, start != from);
      }
    }
  }
}
