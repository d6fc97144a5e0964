import * as tf from '@tensorflow/tfjs';
import type { Activation } from '../../core/graph/graph';
import { differentiable } from './differentiable';

export function activate(x: tf.Tensor, activation: Activation): tf.Tensor {
  switch (activation) {
    case 'linear':
      return tf.clone(x);
    case 'relu':
      return tf.relu(x);
    case 'relu6':
      return relu6(x);
    case 'silu':
      return tf.mul(x, tf.sigmoid(x));
    case 'sigmoid':
      return tf.sigmoid(x);
    case 'hardSigmoid':
      return hardSigmoid(x);
    case 'hardSwish':
      return tf.mul(x, hardSigmoid(x));
    case 'kerasHardSigmoid':
      return tf.clipByValue(tf.add(tf.mul(x, 0.2), 0.5), 0, 1);
    case 'tanh':
      return tf.tanh(x);
    case 'gelu':
      return tf.mul(tf.mul(x, 0.5), tf.add(tf.erf(tf.mul(x, Math.SQRT1_2)), 1));
    case 'geluTanh': {
      const inner = tf.mul(tf.add(x, tf.mul(tf.mul(tf.square(x), x), 0.044715)), Math.sqrt(2 / Math.PI));
      return tf.mul(tf.mul(x, 0.5), tf.add(tf.tanh(inner), 1));
    }
    case 'softmax':
      return tf.softmax(x);
  }
}

/** PyTorch's gradient: 1 strictly between the bends; TensorFlow.js's also passes at exactly 6. */
function relu6(x: tf.Tensor): tf.Tensor {
  return differentiable(
    [x],
    () => {
      const value = tf.relu6(x);
      return { value, saved: [value] };
    },
    (dy, [y]) => [tf.mul(dy, tf.step(tf.mul(y!, tf.sub(6, y!))))],
  );
}

/** relu6(x + 3) / 6. */
function hardSigmoid(x: tf.Tensor): tf.Tensor {
  return tf.div(relu6(tf.add(x, 3)), 6);
}
