// Sums, products and copies of whole tensors.
import { activate, CLAMPS, highOf, lowOf } from '../simd/activation.as';
import { end, int, num, ptr } from '../simd/record.as';
import { add, addRange, clamp, fillZero, ld, madd, mul, splat, stLanes } from '../simd/vector.as';

/**
 * y = activation(a + b) or activation(a · b); a as rows of `channels`, b the same, or one row for each picture.
 * Arguments: a, b, y, rows, channels, rows a task, activation, 1: multiply, rows that share a row of b.
 */
export function elementwise(a: usize, task: i32): void {
  const channels = int(a, 4), chunk = int(a, 5), stop = end(int(a, 3), chunk, task), stride = <usize>channels << 2;
  const activation = int(a, 6), multiply = int(a, 7) != 0, shared = int(a, 8);
  const low = lowOf(activation), high = highOf(activation), formula = activation > CLAMPS;
  for (let r = task * chunk; r < stop; r++) {
    const at = <usize>r * stride, p = ptr(a, 0) + at, y = ptr(a, 2) + at;
    const q = ptr(a, 1) + (shared == 1 ? at : <usize>(r / shared) * stride);
    for (let c = 0; c < channels; c += 4) {
      const offset = <usize>c << 2, u = ld(p + offset), v = ld(q + offset);
      const z = multiply ? mul(u, v) : add(u, v);
      stLanes(y + offset, formula ? activate(activation, z) : clamp(z, low, high), channels - c);
    }
  }
}

/** target ← target + source. Arguments: source, elements, elements a task, target. */
export function accumulate(a: usize, task: i32): void {
  const start = task * int(a, 2), offset = <usize>start << 2;
  addRange(ptr(a, 3) + offset, ptr(a, 0) + offset, end(int(a, 1), int(a, 2), task) - start);
}

/** Arguments: x, elements, elements a task, scale, offset, y. */
export function rescale(a: usize, task: i32): void {
  const stop = end(int(a, 1), int(a, 2), task), scale = splat(num(a, 3)), shift = splat(num(a, 4));
  for (let i = task * int(a, 2); i < stop; i += 4) {
    const offset = <usize>i << 2;
    stLanes(ptr(a, 5) + offset, madd(shift, ld(ptr(a, 0) + offset), scale), stop - i);
  }
}

/** Arguments: target, elements, elements a task. */
export function zeroRange(a: usize, task: i32): void {
  const start = task * int(a, 2);
  fillZero(ptr(a, 0) + (<usize>start << 2), end(int(a, 1), int(a, 2), task) - start);
}
