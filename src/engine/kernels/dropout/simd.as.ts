// The bits of `dropoutKeeps` (mask.ts), 4 indices at a time.
import { end, int, num, ptr } from '../simd/record.as';
import { div, ld, splat, stLanes } from '../simd/vector.as';

function mix(h: u32): u32 {
  h = (h ^ (h >> 16)) * 0x85ebca6b;
  h = (h ^ (h >> 13)) * 0xc2b2ae35;
  return h ^ (h >> 16);
}

function mix4(h: v128): v128 {
  h = i32x4.mul(v128.xor(h, i32x4.shr_u(h, 16)), i32x4.splat(0x85ebca6b));
  h = i32x4.mul(v128.xor(h, i32x4.shr_u(h, 13)), i32x4.splat(0xc2b2ae35));
  return v128.xor(h, i32x4.shr_u(h, 16));
}

/** Arguments: x, elements, elements a task, threshold, 1 − rate, salt, seed (in memory, a float), y. */
export function dropout(a: usize, task: i32): void {
  const stop = end(int(a, 1), int(a, 2), task), divisor = splat(num(a, 4));
  const key = mix(<u32>load<f32>(ptr(a, 6)) + mix(<u32>int(a, 5)));
  const threshold = i32x4.splat(int(a, 3));
  for (let i = task * int(a, 2); i < stop; i += 4) {
    const offset = <usize>i << 2, first = <i32>(<u32>i + key);
    const index = i32x4.add(i32x4.splat(first), i32x4(0, 1, 2, 3));
    const keep = i32x4.ge_u(mix4(index), threshold);
    stLanes(ptr(a, 7) + offset, v128.and(keep, div(ld(ptr(a, 0) + offset), divisor)), stop - i);
  }
}
