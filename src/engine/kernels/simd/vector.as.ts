// Four float32 lanes. Loads may run up to 12 bytes past a tensor (memory always goes on there);
// stores never do: lanes past the end are dropped.

@inline export function ld(p: usize): v128 { return v128.load(p); }
@inline export function st(p: usize, v: v128): void { v128.store(p, v); }
@inline export function splat(x: f32): v128 { return f32x4.splat(x); }
@inline export function zero(): v128 { return f32x4.splat(0); }
@inline export function add(a: v128, b: v128): v128 { return f32x4.add(a, b); }
@inline export function sub(a: v128, b: v128): v128 { return f32x4.sub(a, b); }
@inline export function mul(a: v128, b: v128): v128 { return f32x4.mul(a, b); }
@inline export function div(a: v128, b: v128): v128 { return f32x4.div(a, b); }
/** a + b · c: with relaxed SIMD one instruction, rounded once, where the processor has it. */
@inline export function madd(a: v128, b: v128, c: v128): v128 {
  return ASC_FEATURE_RELAXED_SIMD ? v128.relaxed_madd<f32>(b, c, a) : f32x4.add(a, f32x4.mul(b, c));
}
/** min(max(x, low), high); a NaN stays a NaN, so that a loss that is none is noticed. */
@inline export function clamp(x: v128, low: v128, high: v128): v128 {
  return f32x4.pmin(f32x4.pmax(x, low), high);
}

/** Stores the first `lanes` lanes; four where there are more. */
@inline export function stLanes(p: usize, v: v128, lanes: i32): void {
  if (lanes >= 4) v128.store(p, v);
  else stFew(p, v, lanes);
}

export function stFew(p: usize, v: v128, lanes: i32): void {
  if (lanes <= 0) return;
  v128.store_lane<f32>(p, v, 0);
  if (lanes > 1) v128.store_lane<f32>(p, v, 1, 4);
  if (lanes > 2) v128.store_lane<f32>(p, v, 2, 8);
}

/** The lanes from `lanes` on are zero: what a sum across lanes needs. */
@inline export function ldLanes(p: usize, lanes: i32): v128 {
  const v = v128.load(p);
  return lanes >= 4 ? v : v128.and(v, laneMask(lanes));
}

export function laneMask(lanes: i32): v128 {
  return i32x4.lt_s(i32x4(0, 1, 2, 3), i32x4.splat(lanes));
}

@inline export function across(v: v128): f32 {
  return (f32x4.extract_lane(v, 0) + f32x4.extract_lane(v, 1)) + (f32x4.extract_lane(v, 2) + f32x4.extract_lane(v, 3));
}

export function fillZero(p: usize, elements: i32): void {
  memory.fill(p, 0, <usize>elements << 2);
}

/** to ← to + from, over `elements`. */
export function addRange(to: usize, from: usize, elements: i32): void {
  let i = 0;
  for (; i + 4 <= elements; i += 4, to += 16, from += 16) st(to, add(ld(to), ld(from)));
  if (i < elements) stFew(to, add(ld(to), ld(from)), elements - i);
}

/** Copies; may write up to 12 bytes past the end. */
@inline export function copyOver(to: usize, from: usize, elements: i32): void {
  for (let i = 0; i < elements; i += 4, to += 16, from += 16) st(to, ld(from));
}

let touched: v128 = f32x4.splat(0);

/**
 * Reads a range once from front to back, a cache line at a time: what is about to be read in columns then comes from
 * the cache. Processors prefetch forward reads, and far strides badly or not at all.
 */
export function touch(p: usize, bytes: usize): void {
  let seen = zero();
  for (const stop = p + bytes; p < stop; p += 64) seen = v128.or(seen, ld(p));
  touched = seen;
}
