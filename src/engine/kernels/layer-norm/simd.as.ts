// Layer normalisation over the channels of each row.
import { end, int, num, ptr } from '../simd/record.as';
import { across, add, fillZero, laneMask, ld, ldLanes, madd, mul, splat, stLanes, sub, zero } from '../simd/vector.as';

let mean: f32 = 0;
let inverse: f32 = 0;

function rowStatistics(x: usize, channels: i32, epsilon: f32): void {
  let sum = zero();
  for (let c = 0; c < channels; c += 4) sum = add(sum, ldLanes(x + (<usize>c << 2), channels - c));
  mean = across(sum) / <f32>channels;
  const m = splat(mean);
  sum = zero();
  for (let c = 0; c < channels; c += 4) {
    let d = sub(ld(x + (<usize>c << 2)), m);
    if (channels - c < 4) d = v128.and(d, laneMask(channels - c));
    sum = madd(sum, d, d);
  }
  inverse = 1 / sqrt<f32>(across(sum) / <f32>channels + epsilon);
}

/** Arguments: x, rows, channels, rows a task, gamma, beta, ε, y. */
export function layerNorm(a: usize, task: i32): void {
  const channels = int(a, 2), chunk = int(a, 3), stop = end(int(a, 1), chunk, task), stride = <usize>channels << 2;
  const gamma = ptr(a, 4), beta = ptr(a, 5);
  for (let r = task * chunk; r < stop; r++) {
    const x = ptr(a, 0) + <usize>r * stride, y = ptr(a, 7) + <usize>r * stride;
    rowStatistics(x, channels, num(a, 6));
    const m = splat(mean), s = splat(inverse);
    for (let c = 0; c < channels; c += 4) {
      const offset = <usize>c << 2;
      let v = mul(sub(ld(x + offset), m), s);
      if (gamma) v = mul(v, ld(gamma + offset));
      if (beta) v = add(v, ld(beta + offset));
      stLanes(y + offset, v, channels - c);
    }
  }
}

/** Arguments: x, rows, channels, rows a task, gamma, dy, ε, dx. */
export function layerNormInputGradient(a: usize, task: i32): void {
  const channels = int(a, 2), chunk = int(a, 3), stop = end(int(a, 1), chunk, task), stride = <usize>channels << 2;
  const gamma = ptr(a, 4);
  for (let r = task * chunk; r < stop; r++) {
    const at = <usize>r * stride, x = ptr(a, 0) + at, dy = ptr(a, 5) + at;
    rowStatistics(x, channels, num(a, 6));
    const m = splat(mean), s = splat(inverse);
    let sum = zero(), dot = zero();
    for (let c = 0; c < channels; c += 4) {
      const offset = <usize>c << 2;
      let g = ld(dy + offset);
      if (gamma) g = mul(g, ld(gamma + offset));
      let h = mul(sub(ld(x + offset), m), s);
      if (channels - c < 4) {
        g = v128.and(g, laneMask(channels - c));
        h = v128.and(h, laneMask(channels - c));
      }
      sum = add(sum, g);
      dot = madd(dot, g, h);
    }
    const meanG = splat(across(sum) / <f32>channels), meanDot = splat(across(dot) / <f32>channels);
    for (let c = 0; c < channels; c += 4) {
      const offset = <usize>c << 2;
      let g = ld(dy + offset);
      if (gamma) g = mul(g, ld(gamma + offset));
      const h = mul(sub(ld(x + offset), m), s);
      stLanes(ptr(a, 7) + at + offset, mul(sub(sub(g, meanG), mul(h, meanDot)), s), channels - c);
    }
  }
}

/** Σ dy · x̂ and Σ dy of a chunk of rows. Arguments: x, rows, channels, rows a task, parts, dy, ε. */
export function layerNormGradientSums(a: usize, task: i32): void {
  const channels = int(a, 2), chunk = int(a, 3), stop = end(int(a, 1), chunk, task), stride = <usize>channels << 2;
  const sums = ptr(a, 4) + <usize>(2 * task) * stride;
  fillZero(sums, 2 * channels);
  for (let r = task * chunk; r < stop; r++) {
    const at = <usize>r * stride, x = ptr(a, 0) + at, dy = ptr(a, 5) + at;
    rowStatistics(x, channels, num(a, 6));
    const m = splat(mean), s = splat(inverse);
    for (let c = 0; c < channels; c += 4) {
      const offset = <usize>c << 2, g = ld(dy + offset), p = sums + offset, q = p + stride, lanes = channels - c;
      stLanes(p, madd(ld(p), g, mul(sub(ld(x + offset), m), s)), lanes);
      stLanes(q, add(ld(q), g), lanes);
    }
  }
}
