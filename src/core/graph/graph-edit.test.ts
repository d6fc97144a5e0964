import { describe, expect, it } from 'vitest';
import {
  add,
  batchNorm,
  conv,
  dense,
  graphOf,
  input,
  lightningTiny,
  pool,
  relu,
} from '../testing/tiny-graphs';
import { cutLayers, possibleBackboneEnds } from './backbone-ends';
import { elementCount, type LayerGraph, type Network } from './graph';
import { cutAtBackboneEnd, withKeptHead, withNewHead } from './graph-edit';
import { inferShapes } from './graph-shapes';

function network(graph: LayerGraph): Network {
  const weights = graph.layers.flatMap((layer) => layer.weights);
  return {
    graph,
    weights: new Map(
      weights.map(({ name, shape }, index) => [name, new Float32Array(elementCount(shape)).fill(index)]),
    ),
  };
}

/** stem → block1 (no residual) → block2 (residual) → top */
function residual(): LayerGraph {
  return graphOf(
    [
      input(),
      conv('stem_conv', 'input', 3, 4),
      batchNorm('stem_bn', 'stem_conv', 4),
      relu('stem_relu', 'stem_bn'),
      conv('block1_expand_conv', 'stem_relu', 4, 8),
      relu('block1_expand_relu', 'block1_expand_conv'),
      conv('block1_project_conv', 'block1_expand_relu', 8, 4),
      batchNorm('block1_project_bn', 'block1_project_conv', 4),
      conv('block2_expand_conv', 'block1_project_bn', 4, 8),
      relu('block2_expand_relu', 'block2_expand_conv'),
      conv('block2_project_conv', 'block2_expand_relu', 8, 4),
      add('block2_add', 'block2_project_conv', 'block1_project_bn'),
      conv('top_conv', 'block2_add', 4, 6),
      relu('top_relu', 'top_conv'),
      pool('pool', 'top_relu'),
      dense('logits', 'pool', 6, 3),
    ],
    'top_relu',
  );
}

describe('backbone ends', () => {
  it('are the block ends', () => {
    expect(possibleBackboneEnds(residual())).toEqual([
      'stem_relu',
      'block1_project_bn',
      'block2_add',
      'top_relu',
    ]);
    expect(possibleBackboneEnds(lightningTiny())).toEqual(['relu1', 'relu2', 'relu3']);
  });

  it('lie on every way through the network', () => {
    const cuts = cutLayers(residual());
    expect(cuts).not.toContain('block2_expand_relu');
    expect(cuts).not.toContain('input');
    expect(cuts).toContain('block1_expand_relu');
    expect(cuts.at(-1)).toBe('logits');
  });

  it.each(['block2_expand_relu', 'nowhere', 'input'])('refuses to end at %s', (end) => {
    for (const edit of [cutAtBackboneEnd, withKeptHead]) {
      expect(() => edit(network(residual()), end)).toThrowError(
        expect.objectContaining({
          code: 'backbone-end-unknown',
          message: expect.stringContaining('block2_add'),
        }),
      );
    }
  });
});

describe('cutAtBackboneEnd and withNewHead', () => {
  const cut = cutAtBackboneEnd(network(residual()), 'block2_add');

  it('keeps what leads to the end, with its weights', () => {
    expect(cut.graph.output).toBe('block2_add');
    expect(cut.graph.layers.map(({ name }) => name)).toEqual(
      residual()
        .layers.slice(0, 12)
        .map(({ name }) => name),
    );
    const names = cut.graph.layers.flatMap((layer) => layer.weights.map(({ name }) => name));
    expect([...cut.weights.keys()]).toEqual(names);
  });

  it('adds pool and dense layer, sized to features and classes', () => {
    const { graph, weights } = withNewHead(cut, 5, 1);
    expect(graph.layers.slice(-2).map(({ name, part }) => [name, part])).toEqual([
      ['head_pool', 'head'],
      ['head_logits', 'head'],
    ]);
    expect(inferShapes(graph, [16, 16, 3]).get(graph.output)).toEqual([5]);
    expect(graph.backboneEnd).toBe('block2_add');
    const kernel = weights.get('head_logits/kernel')!;
    expect(kernel).toHaveLength(4 * 5);
    expect(Math.max(...kernel.map(Math.abs))).toBeLessThanOrEqual(0.5);
    expect(new Set(kernel).size).toBe(20);
    expect(weights.get('head_logits/bias')).toHaveLength(5);
  });

  it('begins the same for one seed, otherwise for another', () => {
    const kernel = (seed: number) => withNewHead(cut, 5, seed).weights.get('head_logits/kernel');
    expect(kernel(1)).toEqual(kernel(1));
    expect(kernel(1)).not.toEqual(kernel(2));
  });

  it('refuses one class, and features without rows and columns', () => {
    expect(() => withNewHead(cut, 1, 0)).toThrowError(expect.objectContaining({ code: 'one-class' }));
    const pooled = cutAtBackboneEnd(network(residual()), 'pool');
    expect(() => withNewHead(pooled, 3, 0)).toThrowError(
      expect.objectContaining({ code: 'backbone-end-unknown' }),
    );
  });
});

describe('withKeptHead', () => {
  it('makes the layers behind the end the head and leaves the weights alone', () => {
    const loaded = network(lightningTiny());
    const { graph, weights } = withKeptHead(loaded, 'relu2');
    expect(graph.layers.filter(({ part }) => part === 'head').map(({ name }) => name)).toEqual([
      'conv3',
      'bn3',
      'relu3',
      'pool',
      'logits',
    ]);
    expect(graph.backboneEnd).toBe('relu2');
    for (const [name, values] of weights) expect(values).toBe(loaded.weights.get(name));
  });

  it('takes a final softmax off, as a layer or as an activation', () => {
    const tiny = lightningTiny();
    const softmax = { ...relu('softmax', 'logits'), kind: 'activation', activation: 'softmax' } as const;
    const asLayer = graphOf([...tiny.layers, softmax], 'relu3');
    const asActivation = graphOf(
      [...tiny.layers.slice(0, -1), { ...dense('logits', 'pool', 16, 3), activation: 'softmax' }],
      'relu3',
    );
    for (const graph of [asLayer, asActivation]) {
      const kept = withKeptHead(network(graph), 'relu3').graph;
      expect(kept.output).toBe('logits');
      expect(kept.layers.at(-1)).toMatchObject({ name: 'logits', activation: 'linear' });
    }
  });

  it('refuses an end that leaves no head', () => {
    expect(() => withKeptHead(network(lightningTiny()), 'logits')).toThrowError(
      expect.objectContaining({ code: 'backbone-end-unknown' }),
    );
  });
});
