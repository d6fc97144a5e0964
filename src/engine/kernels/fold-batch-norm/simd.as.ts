// A frozen BatchNorm folded into the filter before it, and gradients brought back from there.
import { end, int, num, ptr } from '../simd/record.as';
import { add, div, ld, madd, mul, splat, stLanes, sub, zero } from '../simd/vector.as';

@inline function scaleAt(gamma: usize, variance: usize, epsilon: f32, offset: usize): v128 {
  const inverse = div(splat(1), f32x4.sqrt(add(ld(variance + offset), splat(epsilon))));
  return gamma ? mul(ld(gamma + offset), inverse) : inverse;
}

/**
 * to[r, c] = from[r, c] · gamma / √(variance + ε). Arguments: from, rows, channels, rows a task, to, gamma, variance, ε.
 */
export function scaleColumns(a: usize, task: i32): void {
  const channels = int(a, 2), chunk = int(a, 3), stop = end(int(a, 1), chunk, task), stride = <usize>channels << 2;
  for (let c = 0; c < channels; c += 4) {
    const offset = <usize>c << 2, scale = scaleAt(ptr(a, 5), ptr(a, 6), num(a, 7), offset);
    for (let r = task * chunk; r < stop; r++) {
      const at = <usize>r * stride + offset;
      stLanes(ptr(a, 4) + at, mul(ld(ptr(a, 0) + at), scale), channels - c);
    }
  }
}

/** to = beta + (bias − mean) · scale. Arguments: bias, channels, to, gamma, variance, ε, mean, beta. */
export function foldBias(a: usize, task: i32): void {
  const channels = int(a, 1);
  for (let c = 0; c < channels; c += 4) {
    const offset = <usize>c << 2, scale = scaleAt(ptr(a, 3), ptr(a, 4), num(a, 5), offset);
    const bias = ptr(a, 0) ? ld(ptr(a, 0) + offset) : zero(), beta = ptr(a, 7) ? ld(ptr(a, 7) + offset) : zero();
    stLanes(ptr(a, 2) + offset, madd(beta, sub(bias, ld(ptr(a, 6) + offset)), scale), channels - c);
  }
}
