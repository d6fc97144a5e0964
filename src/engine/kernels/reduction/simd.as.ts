// Sums over the positions of a picture and their gradient.
import { int, num, ptr } from '../simd/record.as';
import { add, ld, madd, mul, splat, stLanes, zero } from '../simd/vector.as';

/** Positions that are summed before they join the sum of the others. */
const TOGETHER: i32 = 256;

/** One picture a task. Arguments: x, factor, positions, channels, scale, out. */
export function sumPositions(a: usize, task: i32): void {
  const positions = int(a, 2), channels = int(a, 3), stride = <usize>channels << 2, scale = splat(num(a, 4));
  const start = <usize>(task * positions) * stride;
  for (let c = 0; c < channels; c += 4) {
    const offset = start + (<usize>c << 2);
    let x = ptr(a, 0) + offset, factor = ptr(a, 1) + offset, total = zero();
    for (let p = 0; p < positions; p += TOGETHER) {
      const count = min(TOGETHER, positions - p);
      let sum = zero();
      if (ptr(a, 1)) for (let i = 0; i < count; i++, x += stride, factor += stride) sum = madd(sum, ld(x), ld(factor));
      else for (let i = 0; i < count; i++, x += stride) sum = add(sum, ld(x));
      total = add(total, sum);
    }
    stLanes(ptr(a, 5) + <usize>task * stride + (<usize>c << 2), mul(total, scale), channels - c);
  }
}

/** One picture a task. Arguments: x, positions, channels, scale, out, 1: add to what is there. */
export function spreadPositions(a: usize, task: i32): void {
  const positions = int(a, 1), channels = int(a, 2), stride = <usize>channels << 2, scale = splat(num(a, 3));
  const more = int(a, 5) != 0;
  for (let c = 0; c < channels; c += 4) {
    const v = mul(ld(ptr(a, 0) + <usize>task * stride + (<usize>c << 2)), scale), lanes = channels - c;
    let y = ptr(a, 4) + <usize>(task * positions) * stride + (<usize>c << 2);
    for (let p = 0; p < positions; p++, y += stride) stLanes(y, more ? add(v, ld(y)) : v, lanes);
  }
}
