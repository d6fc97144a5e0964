// Elementary functions on four lanes, after Cephes (Moshier 1989), errors of about 2 ulp.
import { add, div, madd, mul, splat, sub } from './vector.as';

/** e^x; 0 and ∞ beyond float32's range, through the subnormal numbers. */
export function exp(x: v128): v128 {
  x = f32x4.pmin(f32x4.pmax(x, splat(-104)), splat(89));
  const n = f32x4.nearest(mul(x, splat(1.44269504088896341)));
  let r = sub(x, mul(n, splat(0.693359375)));
  r = sub(r, mul(n, splat(-2.12194440e-4)));
  let p = splat(1.9875691500e-4);
  p = madd(splat(1.3981999507e-3), p, r);
  p = madd(splat(8.3334519073e-3), p, r);
  p = madd(splat(4.1665795894e-2), p, r);
  p = madd(splat(1.6666665459e-1), p, r);
  p = madd(splat(5.0000001201e-1), p, r);
  p = add(add(mul(mul(p, r), r), r), splat(1));
  // 2^n in two factors: n reaches past the exponents of normal numbers.
  const i = i32x4.trunc_sat_f32x4_s(n);
  const half = i32x4.shr_s(i, 1);
  const bias = i32x4.splat(127);
  const a = i32x4.shl(i32x4.add(half, bias), 23);
  const b = i32x4.shl(i32x4.add(i32x4.sub(i, half), bias), 23);
  return mul(mul(p, a), b);
}

export function sigmoid(x: v128): v128 {
  return div(splat(1), add(splat(1), exp(f32x4.neg(x))));
}

export function tanh(x: v128): v128 {
  const size = f32x4.abs(x);
  const z = mul(x, x);
  let p = splat(-5.70498872745e-3);
  p = madd(splat(2.06390887954e-2), p, z);
  p = madd(splat(-5.37397155531e-2), p, z);
  p = madd(splat(1.33314422036e-1), p, z);
  p = madd(splat(-3.33332819422e-1), p, z);
  const near = madd(x, mul(p, z), x);
  const far = sub(splat(1), div(splat(2), add(exp(add(size, size)), splat(1))));
  const signed = v128.or(far, v128.and(x, i32x4.splat(0x80000000)));
  return v128.bitselect(near, signed, f32x4.lt(size, splat(0.625)));
}

export function erf(x: v128): v128 {
  const size = f32x4.abs(x);
  const z = mul(x, x);
  let p = splat(7.853861353153693e-5);
  p = madd(splat(-8.010193625184903e-4), p, z);
  p = madd(splat(5.188327685732524e-3), p, z);
  p = madd(splat(-2.685381193529856e-2), p, z);
  p = madd(splat(1.128358514861418e-1), p, z);
  p = madd(splat(-3.761262582423300e-1), p, z);
  p = madd(splat(1.128379165726710), p, z);
  const near = mul(x, p);
  // erfc(x) = e^(−x²) · q · R(q²), q = 1 / x; two polynomials, below 2 and above.
  const q = div(splat(1), f32x4.pmax(size, splat(1)));
  const y = mul(q, q);
  let m = splat(2.326819970068386e-2);
  m = madd(splat(-1.387039388740657e-1), m, y);
  m = madd(splat(3.687424674597105e-1), m, y);
  m = madd(splat(-5.824733027278666e-1), m, y);
  m = madd(splat(6.210004621745983e-1), m, y);
  m = madd(splat(-4.944515323274145e-1), m, y);
  m = madd(splat(3.404879937665872e-1), m, y);
  m = madd(splat(-2.741127028184656e-1), m, y);
  m = madd(splat(5.638259427386472e-1), m, y);
  let r = splat(-1.047766399936249e1);
  r = madd(splat(1.297719955372516e1), r, y);
  r = madd(splat(-7.495518717768503), r, y);
  r = madd(splat(2.921019019210786), r, y);
  r = madd(splat(-1.015265279202700), r, y);
  r = madd(splat(4.218463358204948e-1), r, y);
  r = madd(splat(-2.820767439740514e-1), r, y);
  r = madd(splat(5.641895067754075e-1), r, y);
  const tail = mul(mul(exp(f32x4.neg(z)), q), v128.bitselect(m, r, f32x4.lt(size, splat(2))));
  const far = v128.or(sub(splat(1), tail), v128.and(x, i32x4.splat(0x80000000)));
  return v128.bitselect(near, far, f32x4.lt(size, splat(1)));
}

/** The natural logarithm of a positive normal number, in float64: for losses, not for tensors. */
export function logOf(x: f32): f64 {
  const bits = reinterpret<u32>(x);
  let exponent = <i32>(bits >> 23) - 127;
  let m = <f64>reinterpret<f32>((bits & 0x7fffff) | 0x3f800000);
  if (m > 1.4142135623730951) {
    m *= 0.5;
    exponent++;
  }
  // log m = 2 · artanh(s), s = (m − 1) / (m + 1), |s| < 0.172: the series to s¹⁵ is exact to 1e-13.
  const s = (m - 1) / (m + 1);
  const z = s * s;
  let p: f64 = 1.0 / 15.0;
  p = p * z + 1.0 / 13.0;
  p = p * z + 1.0 / 11.0;
  p = p * z + 1.0 / 9.0;
  p = p * z + 1.0 / 7.0;
  p = p * z + 1.0 / 5.0;
  p = p * z + 1.0 / 3.0;
  p = p * z + 1.0;
  return 2 * s * p + <f64>exponent * 0.6931471805599453;
}
