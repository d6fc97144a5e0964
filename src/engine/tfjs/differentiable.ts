import * as tf from '@tensorflow/tfjs';

/**
 * An operation with a gradient of our own in place of TensorFlow.js's.
 *
 * @param inputs what a gradient may flow to, in the order of `backward`'s result
 * @param forward the value, and the tensors that `backward` needs (nothing else outlives the forward pass)
 */
export function differentiable<Value extends tf.Tensor>(
  inputs: readonly tf.Tensor[],
  forward: () => { readonly value: Value; readonly saved: tf.Tensor[] },
  backward: (dy: Value, saved: tf.Tensor[]) => tf.Tensor[],
): Value {
  const operation = tf.customGrad<Value>((...args) => {
    const save = args.at(-1) as tf.GradSaveFunc;
    const { value, saved } = forward();
    save(saved);
    return { value, gradFunc: backward };
  });
  return operation(...inputs);
}
