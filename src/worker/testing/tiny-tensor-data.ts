import type { WorkerData } from '../../core/worker-contract';
import { tinyData } from '../../engine/testing/lightning-tiny';

/** The pictures of the tiny reference runs, as a script gives them. */
export function tinyTensorData(): Extract<WorkerData, { kind: 'tensors' }> {
  const { train, validation, classNames } = tinyData();
  return { kind: 'tensors', train: { ...imagesOf(train), classNames }, validation: imagesOf(validation) };
}

function imagesOf(pictures: ReturnType<typeof tinyData>['train']) {
  const all = pictures.batch(Array.from({ length: pictures.count }, (_, place) => place));
  return { images: all.images, shape: all.shape, labels: [...pictures.labels] };
}
