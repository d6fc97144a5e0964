import { int, ptr } from '../simd/record.as';

/**
 * One row of the output a task. Arguments: x, y, input height, input width, output height, output width,
 * channels, top, left (negative ones crop).
 */
export function pad(a: usize, task: i32): void {
  const height = int(a, 2), width = int(a, 3), outWidth = int(a, 5), pixel = <usize>int(a, 6) << 2;
  const n = task / int(a, 4), row = task % int(a, 4) - int(a, 7), left = int(a, 8);
  const y = ptr(a, 1) + <usize>(task * outWidth) * pixel;
  const first = max(0, left), last = min(outWidth, left + width);
  if (row < 0 || row >= height || last <= first) {
    memory.fill(y, 0, <usize>outWidth * pixel);
    return;
  }
  const x = ptr(a, 0) + <usize>((n * height + row) * width + first - left) * pixel;
  memory.fill(y, 0, <usize>first * pixel);
  memory.copy(y + <usize>first * pixel, x, <usize>(last - first) * pixel);
  memory.fill(y + <usize>last * pixel, 0, <usize>(outWidth - last) * pixel);
}
