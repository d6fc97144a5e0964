import { createRandom, shuffled } from '../../core/random';

/**
 * The batches of an epoch as places in the training set. The order is drawn from seed and epoch alone, so
 * a run that is resumed at any epoch goes on in the same order. The last, smaller batch is kept.
 */
export function batchesOfEpoch(
  count: number,
  batchSize: number,
  order: { readonly shuffle: boolean; readonly seed: number },
  epoch: number,
): readonly (readonly number[])[] {
  const inOrder = Array.from({ length: count }, (_, place) => place);
  const places = order.shuffle
    ? shuffled(inOrder, createRandom(order.seed, `order of epoch ${epoch}`))
    : inOrder;
  return Array.from({ length: Math.ceil(count / batchSize) }, (_, batch) =>
    places.slice(batch * batchSize, (batch + 1) * batchSize),
  );
}
