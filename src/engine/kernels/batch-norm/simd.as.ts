// BatchNorm. Statistics come in two steps: mean and Σ (x − mean)² of chunks of rows, then of all of them
// (Chan, Golub and LeVeque 1983); elementwise steps take what they need of a channel from a small table.
import { activate, CLAMPS, gateOf, gradientFromInput, highOf, lowOf } from '../simd/activation.as';
import { end, int, num, ownScratch, ptr } from '../simd/record.as';
import { columnMoments, sumParts } from '../simd/sums.as';
import { add, clamp, div, ld, madd, mul, splat, st, stLanes, sub, touch, zero } from '../simd/vector.as';

/** Moments of a chunk of rows. Arguments: x, rows, channels, rows a task, moments. */
export function momentsOfRows(a: usize, task: i32): void {
  const channels = int(a, 2), chunk = int(a, 3), stride = <usize>channels << 2, start = task * chunk;
  const means = ptr(a, 4) + <usize>(2 * task) * stride;
  columnMoments(ptr(a, 0) + <usize>start * stride, stride, end(int(a, 1), chunk, task) - start, channels, means, means + stride);
}

/**
 * Statistics of all rows from those of the chunks. Arguments: moments, rows, channels, rows a chunk, channels a
 * task, mean, variance, moving mean, moving variance, momentum, chunks (0: rows / rows a chunk).
 */
export function combineMoments(a: usize, task: i32): void {
  const rows = int(a, 1), channels = int(a, 2), chunk = int(a, 3), width = int(a, 4);
  const stop = end(channels, width, task), stride = <usize>channels << 3;
  const chunks = (rows + chunk - 1) / chunk, last = rows - (chunks - 1) * chunk;
  const momentum = splat(num(a, 9)), rest = splat(1 - num(a, 9));
  const unbiased = splat(rows > 1 ? <f32>(<f64>rows / <f64>(rows - 1)) : <f32>1);
  for (let c = task * width; c < stop; c += 4) {
    const offset = <usize>c << 2, means = ptr(a, 0) + offset, squares = means + (stride >> 1), lanes = stop - c;
    // The last chunk may be shorter than the others.
    const lastMean = ld(means + <usize>(chunks - 1) * stride);
    const share = splat(<f32>(<f64>chunk / <f64>rows)), lastShare = splat(<f32>(<f64>last / <f64>rows));
    const mean = madd(mul(lastMean, lastShare), sumParts(means, stride, chunks - 1), share);
    let between = zero(), p = means;
    for (let i = 0; i < chunks - 1; i++, p += stride) {
      const d = sub(ld(p), mean);
      between = madd(between, d, d);
    }
    const d = sub(lastMean, mean);
    const within = mul(sumParts(squares, stride, chunks), splat(<f32>(<f64>1 / <f64>rows)));
    const variance = add(within, madd(mul(mul(d, d), lastShare), between, share));
    stLanes(ptr(a, 5) + offset, mean, lanes);
    stLanes(ptr(a, 6) + offset, variance, lanes);
    if (!ptr(a, 7)) continue;
    const m = ptr(a, 7) + offset, v = ptr(a, 8) + offset;
    stLanes(m, madd(mul(ld(m), momentum), mean, rest), lanes);
    stLanes(v, madd(mul(ld(v), momentum), mul(variance, unbiased), rest), lanes);
  }
}

/** Table of a channel: mean, gamma / √(variance + ε), beta. Arguments from `from`: mean, variance, gamma, beta, ε. */
function scales(a: usize, from: i32, channels: i32, table: usize): void {
  const stride = <usize>channels << 2, gamma = ptr(a, from + 2), beta = ptr(a, from + 3);
  const epsilon = splat(num(a, from + 4));
  for (let c = 0; c < channels; c += 4) {
    const offset = <usize>c << 2, to = table + (<usize>c << 4);
    const inverse = div(splat(1), f32x4.sqrt(add(ld(ptr(a, from + 1) + offset), epsilon)));
    st(to, ld(ptr(a, from) + offset));
    v128.store(to, gamma ? mul(ld(gamma + offset), inverse) : inverse, 16);
    v128.store(to, beta ? ld(beta + offset) : zero(), 32);
    v128.store(to, inverse, 48);
  }
}

/**
 * y = activation((x − mean) · scale + beta + residual). Arguments: x, rows, channels, rows a task, mean, variance,
 * gamma, beta, ε, residual, y, activation, scratch, bytes of it a thread.
 */
export function batchNormApply(a: usize, task: i32): void {
  const channels = int(a, 2), chunk = int(a, 3), start = task * chunk, rows = end(int(a, 1), chunk, task) - start;
  const stride = <usize>channels << 2, activation = int(a, 11), low = lowOf(activation), high = highOf(activation);
  const table = ownScratch(ptr(a, 12), int(a, 13));
  scales(a, 4, channels, table);
  const formula = activation > CLAMPS;
  let x = ptr(a, 0) + <usize>start * stride, y = ptr(a, 10) + <usize>start * stride;
  let residual = ptr(a, 9);
  if (residual) residual += <usize>start * stride;
  for (let r = 0; r < rows; r++, x += stride, y += stride) {
    let t = table;
    for (let c = 0; c < channels; c += 4, t += 64) {
      const offset = <usize>c << 2;
      let z = madd(v128.load(t, 32), sub(ld(x + offset), ld(t)), v128.load(t, 16));
      if (residual) z = add(z, ld(residual + offset));
      stLanes(y + offset, formula ? activate(activation, z) : clamp(z, low, high), channels - c);
    }
    if (residual) residual += stride;
  }
}

/** dz: dy through the gate of the activation, of which z is recomputed. */
@inline function gate(activation: i32, z: v128, dy: v128, low: v128, high: v128): v128 {
  return activation > CLAMPS ? gradientFromInput(activation, z, dy) : gateOf(z, low, high, dy);
}

let dotSum: v128 = f32x4.splat(0);
let plainSum: v128 = f32x4.splat(0);

/** Σ dz · (x − mean) and Σ dz of 4 channels, where the activation is a clamp. Two rows at a time: sums have latency. */
function clampedSums(p: usize, q: usize, stride: usize, rows: i32, mean: v128, scale: v128, beta: v128, low: v128, high: v128): void {
  let g0 = zero(), g1 = zero(), b0 = zero(), b1 = zero();
  for (; rows >= 2; rows -= 2) {
    let d = sub(ld(p), mean), z = madd(beta, d, scale);
    let e = gateOf(z, low, high, ld(q));
    b0 = add(b0, e);
    g0 = madd(g0, e, d);
    p += stride;
    q += stride;
    d = sub(ld(p), mean);
    z = madd(beta, d, scale);
    e = gateOf(z, low, high, ld(q));
    b1 = add(b1, e);
    g1 = madd(g1, e, d);
    p += stride;
    q += stride;
  }
  if (rows) {
    const d = sub(ld(p), mean), z = madd(beta, d, scale);
    const e = gateOf(z, low, high, ld(q));
    b0 = add(b0, e);
    g0 = madd(g0, e, d);
  }
  dotSum = add(g0, g1);
  plainSum = add(b0, b1);
}

function formulaSums(p: usize, q: usize, stride: usize, rows: i32, mean: v128, scale: v128, beta: v128, activation: i32): void {
  let g = zero(), b = zero();
  for (; rows > 0; rows--, p += stride, q += stride) {
    const d = sub(ld(p), mean), e = gradientFromInput(activation, madd(beta, d, scale), ld(q));
    b = add(b, e);
    g = madd(g, e, d);
  }
  dotSum = g;
  plainSum = b;
}

/**
 * Sums of a chunk of rows: Σ dz · x̂, then Σ dz. Arguments: x, rows, channels, rows a task, mean, variance, gamma,
 * beta, ε, dy, activation, parts.
 */
export function batchNormGradientSums(a: usize, task: i32): void {
  const channels = int(a, 2), chunk = int(a, 3), start = task * chunk, rows = end(int(a, 1), chunk, task) - start;
  const stride = <usize>channels << 2, activation = int(a, 10), low = lowOf(activation), high = highOf(activation);
  const gamma = ptr(a, 6), beta = ptr(a, 7), epsilon = splat(num(a, 8));
  const x = ptr(a, 0) + <usize>start * stride, dy = ptr(a, 9) + <usize>start * stride;
  const sums = ptr(a, 11) + <usize>(2 * task) * stride;
  touch(x, <usize>rows * stride);
  touch(dy, <usize>rows * stride);
  for (let c = 0; c < channels; c += 4) {
    const offset = <usize>c << 2, lanes = channels - c, mean = ld(ptr(a, 4) + offset);
    const inverse = div(splat(1), f32x4.sqrt(add(ld(ptr(a, 5) + offset), epsilon)));
    const scale = gamma ? mul(ld(gamma + offset), inverse) : inverse, shift = beta ? ld(beta + offset) : zero();
    if (activation > CLAMPS) formulaSums(x + offset, dy + offset, stride, rows, mean, scale, shift, activation);
    else clampedSums(x + offset, dy + offset, stride, rows, mean, scale, shift, low, high);
    stLanes(sums + offset, mul(dotSum, inverse), lanes);
    stLanes(sums + stride + offset, plainSum, lanes);
  }
}

/**
 * dx = scale · (dz − dbeta / rows − x̂ · dgamma / rows). Arguments: x, rows, channels, rows a task, mean, variance,
 * gamma, beta, ε, dy, activation, dgamma, dbeta (both 0: running statistics), dx, scratch, bytes of it a thread.
 */
export function batchNormInputGradient(a: usize, task: i32): void {
  const channels = int(a, 2), chunk = int(a, 3), all = int(a, 1), start = task * chunk, rows = end(all, chunk, task) - start;
  const stride = <usize>channels << 2, activation = int(a, 10), low = lowOf(activation), high = highOf(activation);
  const table = ownScratch(ptr(a, 14), int(a, 15)), sums = table + (<usize>(channels + 4) << 4);
  scales(a, 4, channels, table);
  const byBatch = ptr(a, 11) != 0, share = splat(<f32>1 / <f32>all);
  for (let c = 0; c < channels; c += 4) {
    const offset = <usize>c << 2, t = table + (<usize>c << 4), u = sums + (<usize>c << 3);
    const scale = mul(v128.load(t, 16), share);
    st(u, byBatch ? mul(scale, ld(ptr(a, 12) + offset)) : zero());
    v128.store(u, byBatch ? mul(mul(scale, v128.load(t, 48)), ld(ptr(a, 11) + offset)) : zero(), 16);
  }
  let x = ptr(a, 0) + <usize>start * stride, dy = ptr(a, 9) + <usize>start * stride, dx = ptr(a, 13) + <usize>start * stride;
  for (let r = 0; r < rows; r++, x += stride, dy += stride, dx += stride) {
    let t = table, u = sums;
    for (let c = 0; c < channels; c += 4, t += 64, u += 32) {
      const offset = <usize>c << 2, scale = v128.load(t, 16), d = sub(ld(x + offset), ld(t));
      const e = gate(activation, madd(v128.load(t, 32), d, scale), ld(dy + offset), low, high);
      stLanes(dx + offset, sub(sub(mul(scale, e), ld(u)), mul(v128.load(u, 16), d)), channels - c);
    }
  }
}
