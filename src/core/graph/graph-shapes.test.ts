import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  add,
  batchNorm,
  conv,
  dense,
  depthwise,
  graphOf,
  input,
  lightningTiny,
  pool,
  relu,
} from '../testing/tiny-graphs';
import type { Conv2dLayer, Layer, LayerShape } from './graph';
import { inferShapes } from './graph-shapes';

const base = { type: 'X', weights: [], part: 'backbone' } as const;

function shapeAfter(layer: Layer, picture: readonly [number, number, number] = [12, 12, 3]): LayerShape {
  const graph = graphOf([input(picture[2]), layer], 'input');
  return inferShapes(graph, picture).get(layer.name)!;
}

const window = (options: Partial<Conv2dLayer>) => conv('c', 'input', 3, 5, options);

describe('inferShapes', () => {
  it('walks the network of the reference runs', () => {
    const shapes = inferShapes(lightningTiny(), [12, 12, 3]);
    expect([...shapes]).toEqual([
      ['input', [12, 12, 3]],
      ['conv1', [12, 12, 8]],
      ['bn1', [12, 12, 8]],
      ['relu1', [12, 12, 8]],
      ['dw2', [6, 6, 8]],
      ['bn2', [6, 6, 8]],
      ['relu2', [6, 6, 8]],
      ['conv3', [6, 6, 16]],
      ['bn3', [6, 6, 16]],
      ['relu3', [6, 6, 16]],
      ['pool', [16]],
      ['logits', [3]],
    ]);
  });

  const symmetric = { top: 1, bottom: 1, left: 1, right: 1 };
  it.each([
    [{ strides: [2, 2], padding: 'same' }, [13, 12, 3], [7, 6, 5]],
    [{ strides: [2, 2], padding: 'valid' }, [13, 12, 3], [6, 5, 5]],
    [{ strides: [2, 2], padding: symmetric }, [13, 12, 3], [7, 6, 5]],
    [{ dilation: [2, 2], padding: 'valid' }, [12, 12, 3], [8, 8, 5]],
    [{ dilation: [2, 1], padding: 'same' }, [12, 12, 3], [12, 12, 5]],
    [{ kernelSize: [1, 7], padding: 'valid' }, [12, 12, 3], [12, 6, 5]],
    [{ groups: 3, filters: 6 }, [12, 12, 3], [12, 12, 6]],
  ] as const)('slides %j over %j to %j', (options, picture, expected) => {
    const filters = 'filters' in options ? options.filters : 5;
    expect(shapeAfter(conv('c', 'input', 3, filters, options), picture)).toEqual(expected);
  });

  it('knows the layers without weights', () => {
    const from = ['input'];
    const poolLayer = { ...base, name: 'p', inputs: from, poolSize: [2, 2], strides: [2, 2] } as const;
    expect(shapeAfter({ ...poolLayer, kind: 'maxPool', padding: 'valid' }, [5, 4, 3])).toEqual([2, 2, 3]);
    expect(shapeAfter({ ...poolLayer, kind: 'averagePool', padding: 'same' }, [5, 4, 3])).toEqual([3, 2, 3]);
    expect(shapeAfter({ ...base, kind: 'globalMaxPool', name: 'g', inputs: from, keepDims: true })).toEqual([
      1, 1, 3,
    ]);
    expect(shapeAfter({ ...base, kind: 'flatten', name: 'f', inputs: from })).toEqual([432]);
    expect(shapeAfter({ ...base, kind: 'reshape', name: 'r', inputs: from, shape: [432] })).toEqual([432]);
    const padding = { top: 0, bottom: 1, left: 2, right: 3 };
    expect(shapeAfter({ ...base, kind: 'zeroPadding', name: 'z', inputs: from, padding })).toEqual([
      13, 17, 3,
    ]);
    expect(shapeAfter({ ...base, kind: 'concatenate', name: 'j', inputs: ['input', 'input'] })).toEqual([
      12, 12, 6,
    ]);
  });

  it('broadcasts a gate over a picture', () => {
    const gated = graphOf(
      [
        input(),
        pool('squeeze', 'input'),
        dense('excite', 'squeeze', 3, 3),
        { ...base, kind: 'multiply', name: 'gate', inputs: ['excite', 'input'] },
      ],
      'gate',
    );
    expect(inferShapes(gated, [8, 8, 3]).get('gate')).toEqual([8, 8, 3]);
  });

  it('refuses branches that do not fit together', () => {
    const graph = graphOf(
      [input(), conv('a', 'input', 3, 4), conv('b', 'input', 3, 5), add('sum', 'a', 'b')],
      'sum',
    );
    expect(() => inferShapes(graph, [8, 8, 3])).toThrowError(
      expect.objectContaining({ code: 'model-shape-mismatch', message: expect.stringContaining('"sum"') }),
    );
  });

  it.each([
    ['a kernel for other channels', conv('lying', 'input', 4, 5)],
    ['a kernel of another size', { ...conv('lying', 'input', 3, 5), kernelSize: [5, 5] }],
    ['other filters', { ...conv('lying', 'input', 3, 5), filters: 6 }],
    ['a depthwise kernel for other channels', depthwise('lying', 'input', 5)],
    ['BatchNorm of other channels', batchNorm('lying', 'input', 4)],
    ['no kernel', { ...conv('lying', 'input', 3, 5), weights: [] }],
    ['weights where none belong', { ...relu('lying', 'input'), weights: batchNorm('x', 'input', 3).weights }],
    ['a dense layer of other inputs', dense('lying', 'input', 4, 2)],
    ['groups that do not divide', conv('lying', 'input', 3, 4, { groups: 2 })],
    ['a reshape of other size', { ...base, kind: 'reshape', name: 'lying', inputs: ['input'], shape: [5] }],
  ] as [string, Layer][])('refuses %s, naming the layer', (_, layer) => {
    expect(() => shapeAfter(layer)).toThrowError(
      expect.objectContaining({ code: 'model-shape-mismatch', message: expect.stringContaining('"lying"') }),
    );
  });

  it('refuses pictures that are too small, and pictures of other channels', () => {
    expect(() => shapeAfter(window({ kernelSize: [3, 3], padding: 'valid' }), [2, 2, 3])).toThrowError(
      expect.objectContaining({ code: 'picture-size-unsupported' }),
    );
    expect(() => inferShapes(lightningTiny(), [12, 12, 1])).toThrowError(
      expect.objectContaining({ code: 'model-shape-mismatch' }),
    );
  });

  it('refuses what is no graph', () => {
    const first = input();
    const layer = relu('a', 'input');
    for (const layers of [
      [layer, first],
      [first, layer, layer],
      [first, relu('a', 'b'), relu('b', 'input')],
    ]) {
      expect(() => inferShapes(graphOf(layers, 'a'), [8, 8, 3])).toThrowError(
        expect.objectContaining({ code: 'model-invalid' }),
      );
    }
    expect(() => inferShapes({ ...lightningTiny(), output: 'none' }, [12, 12, 3])).toThrowError(
      expect.objectContaining({ code: 'model-invalid' }),
    );
    expect(() => inferShapes({ ...lightningTiny(), backboneEnd: 'none' }, [12, 12, 3])).toThrowError(
      expect.objectContaining({ code: 'backbone-end-unknown' }),
    );
  });

  it('counts positions as sliding the window does', () => {
    const small = (max: number) => fc.integer({ min: 1, max });
    fc.assert(
      fc.property(
        small(20),
        small(5),
        small(3),
        small(3),
        fc.nat(2),
        fc.nat(2),
        (side, kernel, stride, dilation, top, bottom) => {
          const extent = (kernel - 1) * dilation + 1;
          fc.pre(side + top + bottom >= extent);
          let positions = 0;
          for (let at = -top; at + extent <= side + bottom; at += stride) positions++;
          const layer = window({
            kernelSize: [kernel, 1],
            strides: [stride, 1],
            dilation: [dilation, 1],
            padding: { top, bottom, left: 0, right: 0 },
          });
          expect(shapeAfter(layer, [side, 4, 3])).toEqual([positions, 4, 5]);
        },
      ),
    );
  });
});
