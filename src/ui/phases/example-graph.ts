import type { LayerGraph } from '../../core/graph/graph';

/**
 * What Lightning does with a backbone is the same for all its BatchNorm layers, so the smallest network that has
 * one will do for comparing; the loaded graph itself stays in the training worker.
 */
export const EXAMPLE_GRAPH: LayerGraph = {
  name: 'example',
  output: 'logits',
  backboneEnd: 'bn',
  layers: [
    {
      kind: 'input',
      name: 'input',
      type: 'InputLayer',
      inputs: [],
      weights: [],
      part: 'backbone',
      height: null,
      width: null,
      channels: 3,
    },
    {
      kind: 'batchNorm',
      name: 'bn',
      type: 'BatchNormalization',
      inputs: ['input'],
      part: 'backbone',
      epsilon: 1e-3,
      momentum: 0.99,
      weights: [
        { name: 'bn/gamma', shape: [3], role: 'gamma' },
        { name: 'bn/beta', shape: [3], role: 'beta' },
        { name: 'bn/moving_mean', shape: [3], role: 'movingMean' },
        { name: 'bn/moving_variance', shape: [3], role: 'movingVariance' },
      ],
    },
    {
      kind: 'globalAveragePool',
      name: 'pool',
      type: 'GlobalAveragePooling2D',
      inputs: ['bn'],
      weights: [],
      part: 'head',
      keepDims: false,
    },
    {
      kind: 'dense',
      name: 'logits',
      type: 'Dense',
      inputs: ['pool'],
      part: 'head',
      units: 2,
      activation: 'linear',
      weights: [
        { name: 'logits/kernel', shape: [3, 2], role: 'kernel' },
        { name: 'logits/bias', shape: [2], role: 'bias' },
      ],
    },
  ],
};
