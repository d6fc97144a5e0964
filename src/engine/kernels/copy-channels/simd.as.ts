import { end, int, ptr } from '../simd/record.as';

/** Arguments: x, rows, rows a task, count, input channels, input offset, output channels, output offset, y. */
export function copyChannels(a: usize, task: i32): void {
  const bytes = <usize>int(a, 3) << 2, xStride = <usize>int(a, 4) << 2, yStride = <usize>int(a, 6) << 2;
  const x = ptr(a, 0) + (<usize>int(a, 5) << 2), y = ptr(a, 8) + (<usize>int(a, 7) << 2);
  const stop = end(int(a, 1), int(a, 2), task);
  for (let r = task * int(a, 2); r < stop; r++) memory.copy(y + <usize>r * yStride, x + <usize>r * xStride, bytes);
}
