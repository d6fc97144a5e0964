import * as tf from '@tensorflow/tfjs';
import type { OptimizerOptions } from '../../core/options/train-config';

/** Optimizer state of one variable on the device. */
export interface DeviceState {
  readonly stepCount: number;
  readonly slots: readonly tf.Tensor[];
}

export interface Update {
  readonly value: tf.Tensor;
  readonly state: DeviceState;
}

/**
 * One update of one variable, as torch.optim defines it (SGD, Adam, AdamW of PyTorch 2). State that is
 * absent starts at zero with no steps counted.
 */
export function update(
  value: tf.Tensor,
  gradient: tf.Tensor,
  state: DeviceState | undefined,
  learningRate: number,
  options: OptimizerOptions,
): Update {
  return options.kind === 'sgd'
    ? updateSgd(value, gradient, state, learningRate, options)
    : updateAdam(value, gradient, state, learningRate, options);
}

function updateSgd(
  value: tf.Tensor,
  gradient: tf.Tensor,
  state: DeviceState | undefined,
  learningRate: number,
  { momentum, weightDecay }: Extract<OptimizerOptions, { kind: 'sgd' }>,
): Update {
  const stepCount = (state?.stepCount ?? 0) + 1;
  const decayed = weightDecay === 0 ? gradient : tf.add(gradient, tf.mul(value, weightDecay));
  if (momentum === 0) {
    return { value: tf.sub(value, tf.mul(decayed, learningRate)), state: { stepCount, slots: [] } };
  }
  const previous = state?.slots[0];
  const buffer = previous === undefined ? tf.clone(decayed) : tf.add(tf.mul(previous, momentum), decayed);
  return { value: tf.sub(value, tf.mul(buffer, learningRate)), state: { stepCount, slots: [buffer] } };
}

function updateAdam(
  value: tf.Tensor,
  gradient: tf.Tensor,
  state: DeviceState | undefined,
  learningRate: number,
  { kind, beta1, beta2, epsilon, weightDecay }: Exclude<OptimizerOptions, { kind: 'sgd' }>,
): Update {
  const stepCount = (state?.stepCount ?? 0) + 1;
  // Adam adds the decay to the gradient; AdamW shrinks the value itself.
  const shrunk =
    kind === 'adamw' && weightDecay !== 0 ? tf.mul(value, 1 - learningRate * weightDecay) : value;
  const decayed =
    kind === 'adam' && weightDecay !== 0 ? tf.add(gradient, tf.mul(value, weightDecay)) : gradient;
  const [oldFirst, oldSecond] = state?.slots ?? [];
  const firstGain = tf.mul(decayed, 1 - beta1);
  const secondGain = tf.mul(tf.square(decayed), 1 - beta2);
  const first = oldFirst === undefined ? firstGain : tf.add(tf.mul(oldFirst, beta1), firstGain);
  const second = oldSecond === undefined ? secondGain : tf.add(tf.mul(oldSecond, beta2), secondGain);
  const stepSize = learningRate / (1 - beta1 ** stepCount);
  const denominator = tf.add(tf.div(tf.sqrt(second), Math.sqrt(1 - beta2 ** stepCount)), epsilon);
  return {
    value: tf.sub(shrunk, tf.mul(tf.div(first, denominator), stepSize)),
    state: { stepCount, slots: [first, second] },
  };
}
