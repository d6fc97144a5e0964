import type { Network } from '../../core/graph/graph';
import { withKeptHead } from '../../core/graph/graph-edit';
import { createRandom, normalValues } from '../../core/random';
import { type PicturesAtHand, tensorPictures } from '../run/pictures';
import { buildNetwork, type LayerDescription, layer } from '../step-plan/testing/build-network';
import type { FixtureData } from './lightning-runs';

const SIDE = 6;
const CLASSES = 3;

/** Two blocks with BatchNorm and a head with dropout: milliseconds a step, and everything that keeps state. */
export function smallNetwork(): Network {
  return withKeptHead(
    buildNetwork(
      [SIDE, SIDE, 3],
      [
        layer.conv('conv1', 5, 3),
        layer.batchNorm('bn1'),
        layer.activation('relu1', 'relu6'),
        layer.depthwise('dw2', 3, { strides: [2, 2], bias: 'with' }),
        layer.batchNorm('bn2', { momentum: 0.7 }),
        layer.activation('relu2', 'relu'),
        layer.globalAverage('pool'),
        { kind: 'dropout', name: 'drop', rate: 0.3 } as LayerDescription,
        layer.dense('logits', CLASSES),
      ],
    ),
    'relu2',
  );
}

/** Random pictures of random classes, with ids where the training set has a name; the last batch of an epoch is smaller for most batch sizes. */
export function smallData(trainCount = 10, validationCount = 6, setName: string | null = null): FixtureData {
  const pictures = (count: number, seed: number, name: string | null): PicturesAtHand => {
    const random = createRandom(seed, 'pictures');
    const images = normalValues(count * SIDE * SIDE * 3, 0, 1, random);
    const labels = Array.from({ length: count }, () => Math.floor(random() * CLASSES));
    return tensorPictures(images, [SIDE, SIDE, 3], labels, name);
  };
  return {
    train: pictures(trainCount, 1, setName),
    validation: pictures(validationCount, 2, null),
    classNames: Array.from({ length: CLASSES }, (_, index) => `class ${index}`),
  };
}
