import * as tf from '@tensorflow/tfjs';
import { ThawError } from '../../core/errors';
import type { Layer } from '../../core/graph/graph';
import { applyLayer, type PassContext } from './apply-layer';

/**
 * Runs layers in order and gives back the outputs of those asked for. An output is let go as soon as its
 * last reader has run, so that a pass holds a few activations instead of all. The caller disposes what it
 * gets back; the input stays the caller's.
 */
export function runLayers(
  layers: readonly Layer[],
  input: tf.Tensor,
  wanted: ReadonlySet<string>,
  context: PassContext,
): Map<string, tf.Tensor> {
  const values = new Map<string, tf.Tensor>();
  const readersLeft = new Map<string, number>();
  for (const name of layers.flatMap((layer) => layer.inputs)) {
    readersLeft.set(name, (readersLeft.get(name) ?? 0) + 1);
  }
  for (const layer of layers) {
    values.set(
      layer.name,
      layer.kind === 'input'
        ? tf.clone(input)
        : tf.tidy(() => applyLayer(layer, inputsOf(layer, values), context)),
    );
    for (const name of layer.inputs) {
      const left = (readersLeft.get(name) ?? 0) - 1;
      readersLeft.set(name, left);
      if (left > 0 || wanted.has(name)) continue;
      values.get(name)?.dispose();
      values.delete(name);
    }
  }
  return values;
}

/** The same where a gradient is recorded: everything is kept, because the tape refers to it. */
export function recordLayers(
  layers: readonly Layer[],
  before: ReadonlyMap<string, tf.Tensor>,
  context: PassContext,
): Map<string, tf.Tensor> {
  const values = new Map(before);
  for (const layer of layers) values.set(layer.name, applyLayer(layer, inputsOf(layer, values), context));
  return values;
}

function inputsOf(layer: Layer, values: ReadonlyMap<string, tf.Tensor>): tf.Tensor[] {
  return layer.inputs.map((name) => {
    const value = values.get(name);
    if (value === undefined) {
      throw new ThawError('model-invalid', `The layer ${layer.name} reads ${name}, which has not run yet.`);
    }
    return value;
  });
}
