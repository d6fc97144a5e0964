import * as tf from '@tensorflow/tfjs';

/** Mean over all axes but the last: [..., channels] → [channels]. */
export function channelMean(x: tf.Tensor): tf.Tensor1D {
  const channels = x.shape.at(-1)!;
  const rows = x.size / channels;
  // The WASM backend adds float32 one after the other, which loses three digits over 10,000 rows and is
  // slow across memory. Its average pooling does neither: means of runs, then the mean of those.
  if (tf.getBackend() === 'wasm') return pooledMean(x, rows, channels);
  return tf.mean(tf.reshape(x, [rows, channels]), 0);
}

/** Sum over all axes but the last. */
export function channelSum(x: tf.Tensor): tf.Tensor1D {
  return tf.mul(channelMean(x), x.size / x.shape.at(-1)!);
}

function pooledMean(x: tf.Tensor, rows: number, channels: number): tf.Tensor1D {
  const runs = divisorNearRoot(rows);
  const means = tf.avgPool(
    tf.reshape(x, [runs, rows / runs, 1, channels]) as tf.Tensor4D,
    [rows / runs, 1],
    1,
    'valid',
  );
  const mean = tf.avgPool(tf.reshape(means, [1, runs, 1, channels]) as tf.Tensor4D, [runs, 1], 1, 'valid');
  return tf.reshape(mean, [channels]);
}

function divisorNearRoot(count: number): number {
  for (let divisor = Math.floor(Math.sqrt(count)); divisor > 1; divisor--) {
    if (count % divisor === 0) return divisor;
  }
  return 1;
}
