import { describe, expect, it } from 'vitest';
import { FROZEN_BATCH_NORM, TRAINABLE_BATCH_NORM } from '../batch-norm';
import { resolveTrainConfig } from '../options/options';
import { lightningTiny } from '../testing/tiny-graphs';
import { compileBackboneFinetuning } from './compile-backbone-finetuning';
import { layersAtRest, phaseView, withMeasuredChange } from './layer-table';
import { measureChange } from './measure-change';

function views(options: object) {
  const graph = lightningTiny();
  const { resolved } = resolveTrainConfig({ epochs: 5, unfreezeBackboneAtEpoch: 2, ...options });
  const { plan } = compileBackboneFinetuning(graph, resolved);
  return [phaseView(graph, plan, 0, [0.1]), phaseView(graph, plan, 1, [0.1, 0.01])] as const;
}

describe('phaseView', () => {
  it('shows the plan row by row and gives the optimizer the same', () => {
    const [frozen, unfrozen] = views({ trainBnFrozenPhase: false });
    const row = (view: typeof frozen, name: string) => view.layers.find((layer) => layer.name === name);
    expect(row(frozen, 'conv1')).toEqual({
      name: 'conv1',
      type: 'Conv2D',
      part: 'backbone',
      parameters: 216,
      trainable: false,
      bn: null,
      learningRate: null,
      weightChange: null,
      statisticsChange: null,
      changesAtBoundary: true,
    });
    expect(row(unfrozen, 'conv1')).toMatchObject({ trainable: true, learningRate: 0.01 });
    expect(row(frozen, 'bn2')).toMatchObject({ trainable: false, bn: FROZEN_BATCH_NORM, parameters: 16 });
    expect(row(unfrozen, 'bn2')).toMatchObject({
      trainable: true,
      bn: TRAINABLE_BATCH_NORM,
      learningRate: 0.01,
    });
    expect(row(frozen, 'relu1')).toMatchObject({ trainable: null, bn: null, changesAtBoundary: false });
    expect(row(unfrozen, 'logits')).toMatchObject({ learningRate: 0.1, changesAtBoundary: false });

    expect(frozen.trained).toEqual([
      { name: 'logits/kernel', group: 0 },
      { name: 'logits/bias', group: 0 },
    ]);
    expect(unfrozen.trained.filter(({ group }) => group === 1).map(({ name }) => name)).toEqual([
      'conv1/kernel',
      'bn1/gamma',
      'bn1/beta',
      'dw2/depthwise_kernel',
      'bn2/gamma',
      'bn2/beta',
      'conv3/kernel',
      'bn3/gamma',
      'bn3/beta',
    ]);
    expect([...frozen.batchNorm]).toEqual([
      ['bn1', FROZEN_BATCH_NORM],
      ['bn2', FROZEN_BATCH_NORM],
      ['bn3', FROZEN_BATCH_NORM],
    ]);
  });

  it('keeps BatchNorm that trained in the frozen phase at the head’s rate', () => {
    const [, unfrozen] = views({});
    expect(unfrozen.layers.find(({ name }) => name === 'bn1')).toMatchObject({
      trainable: true,
      learningRate: 0.1,
      changesAtBoundary: false,
    });
    expect(unfrozen.trained).toContainEqual({ name: 'bn1/gamma', group: 0 });
  });

  it('takes BatchNorm out of the optimizer where it is frozen later', () => {
    const [frozen, unfrozen] = views({ trainBnUnfrozenPhase: false });
    expect(frozen.trained).toContainEqual({ name: 'bn1/gamma', group: 0 });
    expect(unfrozen.trained.some(({ name }) => name.startsWith('bn'))).toBe(false);
  });

  it('refuses to show a trained layer without a rate', () => {
    const graph = lightningTiny();
    const { resolved } = resolveTrainConfig({ epochs: 5, unfreezeBackboneAtEpoch: 2 });
    const { plan } = compileBackboneFinetuning(graph, resolved);
    expect(() => phaseView(graph, plan, 1, [0.1])).toThrowError(
      expect.objectContaining({ code: 'internal' }),
    );
    expect(() => phaseView(graph, plan, 2, [0.1])).toThrowError(
      expect.objectContaining({ code: 'internal' }),
    );
  });
});

describe('layersAtRest', () => {
  it('trains nothing and has a row for every layer', () => {
    const rows = layersAtRest(lightningTiny());
    expect(rows.map(({ trainable }) => trainable)).toEqual(
      lightningTiny().layers.map(({ weights }) => (weights.length > 0 ? false : null)),
    );
    expect(rows.find(({ name }) => name === 'bn1')?.bn).toEqual(FROZEN_BATCH_NORM);
  });
});

describe('measureChange', () => {
  const values = (scale: number) =>
    new Map(
      lightningTiny()
        .layers.flatMap((layer) => layer.weights)
        .map(({ name, shape }) => {
          const size = shape.reduce((product, length) => product * length, 1);
          return [name, Float32Array.from({ length: size }, (_, i) => scale * (i + 1))] as const;
        }),
    );

  it('is exactly 0 for what did not move, by layer and by kind', () => {
    const present = values(1);
    present.get('bn2/moving_mean')![0]! += 3;
    const changes = measureChange(lightningTiny(), values(1), present);
    expect(changes.get('conv1')).toEqual({ weightChange: 0, statisticsChange: null });
    const norm = Math.sqrt(2 * (1 + 4 + 9 + 16 + 25 + 36 + 49 + 64));
    expect(changes.get('bn2')).toEqual({ weightChange: 0, statisticsChange: 3 / norm });
    expect(changes.has('relu1')).toBe(false);
  });

  it('is relative to the loaded norm, and absolute where that is 0', () => {
    expect(measureChange(lightningTiny(), values(2), values(3)).get('conv3')?.weightChange).toBeCloseTo(
      0.5,
      15,
    );
    const change = measureChange(lightningTiny(), values(0), values(1)).get('logits');
    const squares = Array.from({ length: 48 }, (_, i) => (i + 1) ** 2).concat([1, 4, 9]);
    expect(change?.weightChange).toBeCloseTo(Math.sqrt(squares.reduce((sum, value) => sum + value, 0)), 10);
  });

  it('tells one float32 step apart from none', () => {
    const present = values(1);
    present.get('logits/kernel')![0] = 1 + 2 ** -23;
    const change = measureChange(lightningTiny(), values(1), present).get('logits')?.weightChange;
    expect(change).toBeGreaterThan(0);
  });

  it('is merged into the rows', () => {
    const [frozen] = views({});
    const changes = measureChange(lightningTiny(), values(1), values(2));
    const rows = withMeasuredChange(frozen.layers, changes);
    expect(rows.find(({ name }) => name === 'bn1')).toMatchObject({
      weightChange: 1,
      statisticsChange: 1,
      trainable: true,
    });
    expect(rows.find(({ name }) => name === 'relu1')?.weightChange).toBeNull();
  });
});
