// Updates of whole ranges of variables. Rates are in memory: they change from step to step.
import { end, int, num, ptr } from '../simd/record.as';
import { div, ld, madd, mul, splat, stLanes, sub } from '../simd/vector.as';

/** Arguments: gradient, elements, elements a task, weights, velocity, momentum, weight decay, learning rate. */
export function sgdUpdate(a: usize, task: i32): void {
  const stop = end(int(a, 1), int(a, 2), task), velocity = ptr(a, 4);
  const momentum = splat(num(a, 5)), decay = splat(num(a, 6)), rate = splat(load<f32>(ptr(a, 7)));
  for (let i = task * int(a, 2); i < stop; i += 4) {
    const offset = <usize>i << 2, w = ptr(a, 3) + offset, lanes = stop - i;
    let g = madd(ld(ptr(a, 0) + offset), decay, ld(w));
    if (velocity) {
      g = madd(g, momentum, ld(velocity + offset));
      stLanes(velocity + offset, g, lanes);
    }
    stLanes(w, sub(ld(w), mul(rate, g)), lanes);
  }
}

/**
 * Arguments: gradient, elements, elements a task, weights, first moment, second moment, β1, 1 − β1, β2, 1 − β2, ε,
 * weight decay, 1: decoupled (0: l2), learning rate, step size, variance scale.
 */
export function adamUpdate(a: usize, task: i32): void {
  const stop = end(int(a, 1), int(a, 2), task), decoupled = int(a, 12) != 0;
  const beta1 = splat(num(a, 6)), rest1 = splat(num(a, 7)), beta2 = splat(num(a, 8)), rest2 = splat(num(a, 9));
  const epsilon = splat(num(a, 10)), decay = splat(num(a, 11)), step = splat(load<f32>(ptr(a, 14)));
  const shrink = splat(<f32>(1 - <f64>load<f32>(ptr(a, 13)) * <f64>num(a, 11))), scale = splat(load<f32>(ptr(a, 15)));
  for (let i = task * int(a, 2); i < stop; i += 4) {
    const offset = <usize>i << 2, lanes = stop - i, pw = ptr(a, 3) + offset, pm = ptr(a, 4) + offset, pv = ptr(a, 5) + offset;
    let w = ld(pw), g = ld(ptr(a, 0) + offset);
    if (decoupled) w = mul(w, shrink);
    else g = madd(g, decay, w);
    const m = madd(mul(beta1, ld(pm)), rest1, g), v = madd(mul(beta2, ld(pv)), rest2, mul(g, g));
    stLanes(pm, m, lanes);
    stLanes(pv, v, lanes);
    stLanes(pw, sub(w, div(mul(step, m), madd(epsilon, f32x4.sqrt(v), scale))), lanes);
  }
}
