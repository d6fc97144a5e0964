import type { Network } from '../../core/graph/graph';
import { withKeptHead } from '../../core/graph/graph-edit';
import { createRandom, normalValues } from '../../core/random';
import { tensorPictures } from '../run/pictures';
import { buildNetwork, type LayerDescription, layer } from '../step-plan/testing/build-network';
import type { FixtureData } from './lightning-runs';

const SIDE = 12;
const CLASSES = 3;

/** An inverted residual whose channels are whole vectors of four: what can be kept in halves. */
export function wideNetwork(): Network {
  return withKeptHead(
    buildNetwork(
      [SIDE, SIDE, 3],
      [
        layer.conv('stem', 8, 3, { strides: [2, 2] }),
        layer.batchNorm('stemBn'),
        layer.activation('stemAct', 'relu6'),
        layer.conv('expand', 16, 1),
        layer.batchNorm('expandBn'),
        layer.activation('expandAct', 'silu'),
        layer.depthwise('dw', 3),
        layer.batchNorm('dwBn'),
        layer.activation('dwAct', 'relu6'),
        layer.conv('project', 8, 1),
        layer.batchNorm('projectBn'),
        layer.merge('add', 'sum', 'projectBn', 'stemAct'),
        layer.globalAverage('pool'),
        { kind: 'dropout', name: 'drop', rate: 0.25 } as LayerDescription,
        layer.dense('logits', CLASSES),
      ],
    ),
    'sum',
  );
}

/** Random pictures of random classes, 16 to train and 6 to validate. */
export function wideData(): FixtureData {
  const pictures = (count: number, seed: number) => {
    const random = createRandom(seed, 'pictures');
    const images = normalValues(count * SIDE * SIDE * 3, 0, 1, random);
    const labels = Array.from({ length: count }, () => Math.floor(random() * CLASSES));
    return tensorPictures(images, [SIDE, SIDE, 3], labels);
  };
  return { train: pictures(16, 1), validation: pictures(6, 2), classNames: ['a', 'b', 'c'] };
}
