import { largestOf, powers } from '../activation/simd.as';
import { logOf } from '../simd/functions.as';
import { int, ptr } from '../simd/record.as';
import { ld, mul, splat, stLanes } from '../simd/vector.as';

@inline function at(p: usize, i: i32): f32 { return load<f32>(p + (<usize>i << 2)); }

/**
 * Softmax cross-entropy of a whole batch in one task: it is small. Arguments: logits, labels, class weights, batch,
 * classes, outcome, gradient, scratch of [classes].
 */
export function softmaxCrossEntropy(a: usize, task: i32): void {
  const batch = int(a, 3), classes = int(a, 4), stride = <usize>classes << 2, weights = ptr(a, 2);
  let total: f64 = 0;
  for (let n = 0; n < batch; n++) total += weights ? <f64>at(weights, <i32>at(ptr(a, 1), n)) : <f64>1;
  let loss: f64 = 0, correct = 0;
  for (let n = 0; n < batch; n++) {
    const logits = ptr(a, 0) + <usize>n * stride, label = <i32>at(ptr(a, 1), n);
    const gradient = ptr(a, 6) ? ptr(a, 6) + <usize>n * stride : ptr(a, 7);
    const largest = largestOf(logits, classes), own = at(logits, label);
    const sum = powers(logits, gradient, classes, largest);
    const share = (weights ? <f64>at(weights, label) : <f64>1) / total;
    loss -= share * (<f64>own - <f64>largest - logOf(sum));
    let isFirst = own == largest;
    for (let k = 0; k < label && isFirst; k++) isFirst = at(logits, k) != largest;
    if (isFirst) correct++;
    if (!ptr(a, 6)) continue;
    const scale = splat(<f32>(share / <f64>sum));
    for (let k = 0; k < classes; k += 4) {
      const p = gradient + (<usize>k << 2);
      stLanes(p, mul(ld(p), scale), classes - k);
    }
    const p = gradient + (<usize>label << 2);
    store<f32>(p, load<f32>(p) - <f32>share);
  }
  store<f32>(ptr(a, 5), <f32>loss);
  store<f32>(ptr(a, 5), <f32>correct, 4);
}
