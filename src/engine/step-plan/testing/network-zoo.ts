import type { Network } from '../../../core/graph/graph';
import { buildNetwork, type LayerDescription, layer } from './build-network';

/**
 * Small networks that together have every layer and every way the plan fuses: what backbones of the field
 * are made of, at sizes a float64 loop takes in milliseconds. Channels are off every multiple of four.
 */
export const NETWORK_ZOO: Readonly<Record<string, () => Network>> = {
  /** Inverted residuals with squeeze-and-excite, linear residual sums. */
  'MobileNet-like': () => {
    const gate = [
      layer.globalAverage('pooled', { keepDims: true }),
      layer.conv('reduce', 3, 1, { bias: 'with', activation: 'relu' }),
      layer.conv('expand', 9, 1, { bias: 'with' }),
      layer.activation('gate', 'hardSigmoid'),
      layer.merge('multiply', 'excited', 'dwAct', 'gate'),
    ];
    return buildNetwork(
      [9, 9, 3],
      [
        { kind: 'rescaling', name: 'rescale', scale: 0.9, offset: 0.1 } as LayerDescription,
        {
          kind: 'zeroPadding',
          name: 'pad',
          padding: { top: 0, bottom: 1, left: 0, right: 1 },
        } as LayerDescription,
        layer.conv('stem', 5, 3, { strides: [2, 2], padding: 'valid' }),
        layer.batchNorm('stemBn'),
        layer.activation('stemAct', 'relu6'),
        layer.conv('pw', 9, 1),
        layer.batchNorm('pwBn'),
        layer.activation('pwAct', 'hardSwish'),
        layer.depthwise('dw', 5, { padding: { top: 2, bottom: 2, left: 2, right: 2 } }),
        layer.batchNorm('dwBn'),
        layer.activation('dwAct', 'silu'),
        ...gate,
        layer.conv('project', 5, 1),
        layer.batchNorm('projectBn'),
        layer.merge('add', 'sum', 'projectBn', 'stemAct'),
        layer.depthwise('dw2', 3, { strides: [2, 2], depthMultiplier: 2, bias: 'with' }),
        layer.batchNorm('dw2Bn'),
        layer.activation('dw2Act', 'relu6'),
        layer.globalAverage('pool'),
        { kind: 'dropout', name: 'drop', rate: 0.25 } as LayerDescription,
        layer.dense('logits', 3),
      ],
    );
  },
  /** Basic blocks: activation after the sum, a shortcut of its own, grouped convolution. */
  'ResNet-like': () =>
    buildNetwork(
      [11, 11, 3],
      [
        layer.conv('stem', 6, 7, { strides: [2, 2], padding: { top: 3, bottom: 3, left: 3, right: 3 } }),
        layer.batchNorm('stemBn'),
        layer.activation('stemAct', 'relu'),
        layer.pool('maxPool', 'stemPool', 3, 2, { top: 1, bottom: 1, left: 1, right: 1 }),
        layer.conv('a1', 6, 3, { groups: 2 }),
        layer.batchNorm('a1Bn'),
        layer.activation('a1Act', 'relu'),
        layer.conv('a2', 10, 3, { strides: [2, 2] }),
        layer.batchNorm('a2Bn'),
        layer.pool('averagePool', 'shortPool', 2, 2, 'same', { from: ['stemPool'] }),
        layer.conv('short', 10, 1),
        layer.batchNorm('shortBn'),
        layer.merge('add', 'sum', 'a2Bn', 'shortBn'),
        layer.activation('sumAct', 'relu'),
        layer.conv('b1', 10, 1, { bias: 'with' }),
        layer.batchNorm('b1Bn'),
        layer.merge('add', 'sum2', 'b1Bn', 'sumAct'),
        layer.activation('sum2Act', 'gelu'),
        { kind: 'globalMaxPool', name: 'pool', keepDims: false } as LayerDescription,
        layer.dense('logits', 4),
      ],
    ),
  /** Layer norm, dense layers over positions, residual sums without BatchNorm, concatenation, flatten. */
  'ConvNeXt-like': () =>
    buildNetwork(
      [8, 8, 3],
      [
        layer.conv('stem', 6, 4, { strides: [4, 4], padding: 'valid', bias: 'with' }),
        { kind: 'layerNorm', name: 'stemNorm', epsilon: 1e-6 } as LayerDescription,
        layer.depthwise('dw', 7, { bias: 'with' }),
        { kind: 'layerNorm', name: 'norm', epsilon: 1e-6 } as LayerDescription,
        layer.dense('mlp1', 13, { activation: 'gelu' }),
        layer.dense('mlp2', 6, { activation: 'geluTanh' }),
        layer.merge('add', 'sum', 'mlp2', 'stemNorm'),
        layer.conv('branch', 5, 2, { dilation: [2, 2], bias: 'with', activation: 'tanh' }),
        layer.merge('concatenate', 'both', 'branch', 'sum'),
        layer.activation('soft', 'softmax'),
        layer.merge('add', 'twice', 'soft', 'soft'),
        layer.merge('multiply', 'product', 'twice', 'both'),
        { kind: 'flatten', name: 'flat' } as LayerDescription,
        layer.dense('hidden', 7, { activation: 'sigmoid' }),
        layer.batchNorm('hiddenBn'),
        layer.activation('hiddenAct', 'kerasHardSigmoid'),
        layer.dense('logits', 3),
      ],
    ),
  /** One value read by many: gradients that pass through, sum up, and share buffers. */
  branching: () =>
    buildNetwork(
      [6, 6, 4],
      [
        layer.conv('a', 5, 1),
        layer.merge('add', 'aa', 'a', 'a'),
        layer.conv('b', 5, 3),
        layer.merge('add', 'ab', 'b', 'aa'),
        layer.merge('add', 'abc', 'ab', 'aa'),
        layer.globalAverage('scale', { from: ['a'] }),
        layer.merge('add', 'shifted', 'abc', 'scale'),
        layer.merge('multiply', 'squared', 'shifted', 'shifted'),
        layer.merge('add', 'three', 'squared', 'a', 'shifted'),
        layer.activation('act', 'linear'),
        {
          kind: 'zeroPadding',
          name: 'pad',
          padding: { top: 1, bottom: 0, left: 2, right: 1 },
        } as LayerDescription,
        { kind: 'rescaling', name: 'rescale', scale: 0.7, offset: 0.2 } as LayerDescription,
        layer.globalAverage('pool'),
        layer.dense('logits', 3),
      ],
    ),
};
