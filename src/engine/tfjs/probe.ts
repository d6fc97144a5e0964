import * as tf from '@tensorflow/tfjs';

/**
 * How long the active backend takes for a small piece of the usual work: a convolution and a depthwise
 * convolution of [4, 24, 24, 32], some 24 million multiply-accumulates. The first time compiles kernels and
 * is not counted.
 * @returns milliseconds
 */
export async function probeMs(): Promise<number> {
  const inputs = tf.tidy(() => ({
    x: tf.ones<tf.Rank.R4>([4, 24, 24, 32]),
    full: tf.fill<tf.Rank.R4>([3, 3, 32, 32], 0.01),
    depthwise: tf.fill<tf.Rank.R4>([3, 3, 32, 1], 0.1),
  }));
  try {
    await work(inputs);
    const startMs = performance.now();
    await work(inputs);
    return performance.now() - startMs;
  } finally {
    tf.dispose(inputs);
  }
}

async function work({ x, full, depthwise }: Record<'x' | 'full' | 'depthwise', tf.Tensor4D>): Promise<void> {
  const result = tf.tidy(() => {
    const hidden = tf.relu6(tf.conv2d(x, full, 1, 'same'));
    return tf.mean(tf.depthwiseConv2d(hidden, depthwise, 1, 'same'));
  });
  await result.data();
  result.dispose();
}
