import { ThawError } from '../../core/errors';
import type { Activation } from '../../core/graph/graph';

/** What TensorFlow.js layers call an activation; those they lack are not here. */
const KERAS_NAMES: Readonly<Partial<Record<Activation, string>>> = {
  linear: 'linear',
  relu: 'relu',
  relu6: 'relu6',
  silu: 'swish',
  sigmoid: 'sigmoid',
  kerasHardSigmoid: 'hard_sigmoid',
  tanh: 'tanh',
  gelu: 'gelu',
  softmax: 'softmax',
};

/** @throws ThawError `model-unsupported-layer` for an activation that TensorFlow.js layers lack */
export function kerasActivation(activation: Activation, layerName: string): string {
  const name = KERAS_NAMES[activation];
  if (name === undefined) throw notExportable(layerName, `TensorFlow.js layers have no ${activation}`);
  return name;
}

export function notExportable(layerName: string, why: string): ThawError {
  return new ThawError(
    'model-unsupported-layer',
    `The model cannot be written as a TensorFlow.js layers model: ${why}, which the layer ${layerName} uses. Its weights can still be read with thaw.weights().`,
  );
}
