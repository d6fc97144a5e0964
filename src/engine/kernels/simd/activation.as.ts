// Activations by number; the numbers are those of `ACTIVATION_NUMBERS` (wasm/words.ts).
// Up to CLAMPS they are min(max(x, low), high) and kernels do them in registers.
import { add, clamp, div, ld, madd, mul, splat, st, stFew, sub, zero } from './vector.as';
import { erf, exp, sigmoid, tanh } from './functions.as';

export const RELU: i32 = 1;
export const RELU6: i32 = 2;
export const CLAMPS: i32 = 2;
export const SILU: i32 = 3;
export const HARD_SWISH: i32 = 4;
export const SIGMOID: i32 = 5;
export const HARD_SIGMOID: i32 = 6;
export const KERAS_HARD_SIGMOID: i32 = 7;
export const TANH: i32 = 8;
export const GELU: i32 = 9;
export const GELU_TANH: i32 = 10;
export const SOFTMAX: i32 = 11;

@inline export function lowOf(activation: i32): v128 {
  return splat(activation == RELU || activation == RELU6 ? <f32>0 : -<f32>Infinity);
}
@inline export function highOf(activation: i32): v128 {
  return splat(activation == RELU6 ? <f32>6 : <f32>Infinity);
}

@inline function hardSigmoid(x: v128): v128 {
  return div(clamp(add(x, splat(3)), zero(), splat(6)), splat(6));
}
@inline function geluTanhInner(x: v128): v128 {
  return tanh(mul(splat(0.7978845608028654), madd(x, splat(0.044715), mul(x, mul(x, x)))));
}

export function activate(activation: i32, x: v128): v128 {
  switch (activation) {
    case RELU: return f32x4.pmax(x, zero());
    case RELU6: return clamp(x, zero(), splat(6));
    case SILU: return mul(x, sigmoid(x));
    case HARD_SWISH: return mul(x, hardSigmoid(x));
    case SIGMOID: return sigmoid(x);
    case HARD_SIGMOID: return hardSigmoid(x);
    case KERAS_HARD_SIGMOID: return clamp(madd(splat(0.5), splat(0.2), x), zero(), splat(1));
    case TANH: return tanh(x);
    case GELU: return mul(mul(splat(0.5), x), add(splat(1), erf(mul(x, splat(0.7071067811865476)))));
    case GELU_TANH: return mul(mul(splat(0.5), x), add(splat(1), geluTanhInner(x)));
    default: return x;
  }
}

/** The gradient where the value is within bounds that a clamp left open. */
@inline export function gateOf(value: v128, low: v128, high: v128, gradient: v128): v128 {
  return v128.and(gradient, v128.and(f32x4.gt(value, low), f32x4.lt(value, high)));
}
@inline function within(value: v128, low: f32, high: f32, gradient: v128): v128 {
  return gateOf(value, splat(low), splat(high), gradient);
}

/** dy · activation′, from the input for SiLU, hard-swish and GELU, from the output for the others. */
export function activationGradient(activation: i32, value: v128, dy: v128): v128 {
  switch (activation) {
    case RELU: return v128.and(dy, f32x4.gt(value, zero()));
    case RELU6: return within(value, 0, 6, dy);
    case SILU: {
      const s = sigmoid(value);
      return mul(dy, mul(s, madd(splat(1), value, sub(splat(1), s))));
    }
    case HARD_SWISH: {
      const slope = madd(splat(0.5), value, splat(0.3333333333333333));
      const above = f32x4.ge(value, splat(3));
      const inside = v128.and(slope, f32x4.gt(value, splat(-3)));
      return mul(dy, v128.bitselect(splat(1), inside, above));
    }
    case SIGMOID: return mul(dy, mul(value, sub(splat(1), value)));
    case HARD_SIGMOID: return within(value, 0, 1, mul(dy, splat(0.16666666666666666)));
    case KERAS_HARD_SIGMOID: return within(value, 0, 1, mul(dy, splat(0.2)));
    case TANH: return mul(dy, sub(splat(1), mul(value, value)));
    case GELU: {
      const cdf = mul(splat(0.5), add(splat(1), erf(mul(value, splat(0.7071067811865476)))));
      const pdf = mul(splat(0.3989422804014327), exp(mul(splat(-0.5), mul(value, value))));
      return mul(dy, madd(cdf, value, pdf));
    }
    case GELU_TANH: {
      const t = geluTanhInner(value);
      const inner = mul(splat(0.7978845608028654), madd(splat(1), splat(0.134145), mul(value, value)));
      const left = mul(splat(0.5), add(splat(1), t));
      const right = mul(mul(splat(0.5), value), mul(sub(splat(1), mul(t, t)), inner));
      return mul(dy, add(left, right));
    }
    default: return dy;
  }
}

@inline function readsInput(activation: i32): bool {
  return activation == SILU || activation == HARD_SWISH || activation >= GELU;
}

/** dy · activation′ where only the input is at hand. */
@inline export function gradientFromInput(activation: i32, z: v128, dy: v128): v128 {
  return activationGradient(activation, readsInput(activation) ? z : activate(activation, z), dy);
}

/** In place over one range. */
export function activateRange(activation: i32, p: usize, elements: i32): void {
  let i = 0;
  for (; i + 4 <= elements; i += 4, p += 16) st(p, activate(activation, ld(p)));
  if (i < elements) stFew(p, activate(activation, ld(p)), elements - i);
}
