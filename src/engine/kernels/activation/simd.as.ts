// Activations of their own (those inside other kernels are done there), and softmax.
import { activate, activationGradient, CLAMPS, gateOf, highOf, lowOf } from '../simd/activation.as';
import { exp } from '../simd/functions.as';
import { end, int, ptr } from '../simd/record.as';
import { across, add, ld, ldLanes, laneMask, madd, mul, splat, stLanes, sub, zero } from '../simd/vector.as';

/** Arguments: x, elements, elements a task, activation, y. */
export function activation(a: usize, task: i32): void {
  const stop = end(int(a, 1), int(a, 2), task), kind = int(a, 3);
  for (let i = task * int(a, 2); i < stop; i += 4) {
    const offset = <usize>i << 2;
    stLanes(ptr(a, 4) + offset, activate(kind, ld(ptr(a, 0) + offset)), stop - i);
  }
}

/** Arguments: dy, elements, elements a task, activation, input or output, dx. */
export function activationInputGradient(a: usize, task: i32): void {
  const stop = end(int(a, 1), int(a, 2), task), kind = int(a, 3);
  const dy = ptr(a, 0), values = ptr(a, 4), dx = ptr(a, 5), low = lowOf(kind), high = highOf(kind);
  for (let i = task * int(a, 2); i < stop; i += 4) {
    const offset = <usize>i << 2, value = ld(values + offset), d = ld(dy + offset);
    const gradient = kind > CLAMPS ? activationGradient(kind, value, d) : gateOf(value, low, high, d);
    stLanes(dx + offset, gradient, stop - i);
  }
}

export function largestOf(x: usize, count: i32): f32 {
  let largest = load<f32>(x);
  for (let i = 1; i < count; i++) {
    const value = load<f32>(x + (<usize>i << 2));
    // The comparison is false for a NaN: written so that a NaN is kept.
    if (!(value <= largest)) largest = value;
  }
  return largest;
}

/** y = exp(x − largest) for one row. @returns its sum */
export function powers(x: usize, y: usize, count: i32, largest: f32): f32 {
  let sum = zero();
  const m = splat(largest);
  for (let c = 0; c < count; c += 4) {
    const offset = <usize>c << 2, lanes = count - c;
    let e = exp(sub(ld(x + offset), m));
    if (lanes < 4) e = v128.and(e, laneMask(lanes));
    stLanes(y + offset, e, lanes);
    sum = add(sum, e);
  }
  return across(sum);
}

/** Arguments: x, rows, channels, rows a task, y. */
export function softmax(a: usize, task: i32): void {
  const channels = int(a, 2), chunk = int(a, 3), stop = end(int(a, 1), chunk, task), stride = <usize>channels << 2;
  for (let r = task * chunk; r < stop; r++) {
    const x = ptr(a, 0) + <usize>r * stride, y = ptr(a, 4) + <usize>r * stride;
    const share = splat(1 / powers(x, y, channels, largestOf(x, channels)));
    for (let c = 0; c < channels; c += 4) {
      const p = y + (<usize>c << 2);
      stLanes(p, mul(ld(p), share), channels - c);
    }
  }
}

/** dx = y · (dy − Σ dy · y). Arguments: dy, rows, channels, rows a task, y, dx. */
export function softmaxGradient(a: usize, task: i32): void {
  const channels = int(a, 2), chunk = int(a, 3), stop = end(int(a, 1), chunk, task), stride = <usize>channels << 2;
  for (let r = task * chunk; r < stop; r++) {
    const at = <usize>r * stride, dy = ptr(a, 0) + at, y = ptr(a, 4) + at;
    let dot = zero();
    for (let c = 0; c < channels; c += 4) {
      const offset = <usize>c << 2, lanes = channels - c;
      dot = madd(dot, ldLanes(dy + offset, lanes), ldLanes(y + offset, lanes));
    }
    const d = splat(across(dot));
    for (let c = 0; c < channels; c += 4) {
      const offset = <usize>c << 2;
      stLanes(ptr(a, 5) + at + offset, mul(ld(y + offset), sub(ld(dy + offset), d)), channels - c);
    }
  }
}
