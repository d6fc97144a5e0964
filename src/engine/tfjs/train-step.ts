import * as tf from '@tensorflow/tfjs';
import { ThawError } from '../../core/errors';
import type { BatchNormLayer, LayerGraph } from '../../core/graph/graph';
import type { Batch, ExecutablePhase } from '../executor';
import type { PassContext } from './apply-layer';
import { type BatchStatistics, movedStatistics } from './batch-norm';
import type { DeviceWeights } from './device-weights';
import { countCorrect, crossEntropy, oneHot, sharesOf } from './loss';
import { type DeviceState, update } from './optimizer';
import { recordLayers, runLayers } from './run-layers';
import { layersUpTo, type SplitLayers, splitByGradient } from './split-graph';

/** What stays the same over the steps of a phase. */
export interface PreparedPhase {
  readonly graph: LayerGraph;
  readonly phase: ExecutablePhase;
  readonly layers: SplitLayers;
  /** Trained variables that the output depends on. */
  readonly trained: ExecutablePhase['trained'];
  /** Outputs of the prefix that the suffix reads. */
  readonly handedOver: ReadonlySet<string>;
  readonly output: string;
}

export function preparePhase(graph: LayerGraph, phase: ExecutablePhase): PreparedPhase {
  const needed = layersUpTo(graph, graph.output);
  const reachable = new Set(needed.flatMap((layer) => layer.weights.map((weight) => weight.name)));
  const trained = phase.trained.filter((variable) => reachable.has(variable.name));
  const layers = splitByGradient(needed, new Set(trained.map((variable) => variable.name)));
  return {
    graph,
    phase,
    layers,
    trained,
    handedOver: new Set([...layers.suffix.flatMap((layer) => layer.inputs), graph.output]),
    output: graph.output,
  };
}

/**
 * Forward, loss, gradients of exactly the phase's variables, update. To be run inside `tf.tidy`.
 * @returns [loss, correct], both from before the update
 */
export function trainStep(
  prepared: PreparedPhase,
  batch: Batch,
  learningRates: readonly number[],
  weights: DeviceWeights,
  states: Map<string, DeviceState>,
): tf.Tensor1D {
  const moved = new Map<string, tf.Tensor>();
  const context = trainingContext(prepared, batch, weights, moved);
  const images = tf.tensor4d(batch.images, [...batch.shape]);
  const before = runLayers(prepared.layers.prefix, images, prepared.handedOver, context);

  let outcome: tf.Tensor1D | null = null;
  const forward = (): tf.Scalar => {
    const values = recordLayers(prepared.layers.suffix, before, context);
    const logits = values.get(prepared.output)! as tf.Tensor2D;
    const targets = oneHot(batch.labels, logits.shape[1]);
    const loss = crossEntropy(logits, targets, sharesOf(batch.labels, prepared.phase.classWeights));
    outcome = tf.keep(tf.stack([loss, countCorrect(logits, targets)]) as tf.Tensor1D);
    return loss;
  };
  if (prepared.trained.length === 0) {
    forward();
  } else {
    const variables = prepared.trained.map((variable) => weights.get(variable.name));
    const { grads } = tf.valueAndGrads(forward)(variables);
    applyUpdates(prepared, grads, learningRates, weights, states);
  }
  for (const [name, value] of moved) weights.replace(name, value);
  return outcome!;
}

function trainingContext(
  prepared: PreparedPhase,
  batch: Batch,
  weights: DeviceWeights,
  moved: Map<string, tf.Tensor>,
): PassContext {
  const onStatistics = (layer: BatchNormLayer, statistics: BatchStatistics): void => {
    const meanName = nameOf(layer, 'movingMean');
    const varianceName = nameOf(layer, 'movingVariance');
    const running = { mean: weights.get(meanName), variance: weights.get(varianceName) };
    const next = tf.tidy(() => movedStatistics(running, statistics, layer.momentum));
    // Kept, because the scope of the forward pass closes before the step puts them in place.
    moved.set(meanName, tf.keep(next.mean));
    moved.set(varianceName, tf.keep(next.variance));
  };
  return {
    weights: weights.tensors,
    training: {
      batchNorm: prepared.phase.batchNorm,
      onStatistics,
      dropoutSeed: batch.dropoutSeed ?? 0,
      placeOf: (layer) => prepared.graph.layers.indexOf(layer),
    },
  };
}

function nameOf(layer: BatchNormLayer, role: 'movingMean' | 'movingVariance'): string {
  const spec = layer.weights.find((weight) => weight.role === role);
  if (spec === undefined) throw new ThawError('model-invalid', `The layer ${layer.name} has no ${role}.`);
  return spec.name;
}

function applyUpdates(
  prepared: PreparedPhase,
  gradients: readonly tf.Tensor[],
  learningRates: readonly number[],
  weights: DeviceWeights,
  states: Map<string, DeviceState>,
): void {
  prepared.trained.forEach(({ name, group }, index) => {
    const rate = learningRates[group];
    if (rate === undefined)
      throw new ThawError('internal', `The optimizer group ${group} has no learning rate.`);
    const old = states.get(name);
    const next = tf.tidy(() => {
      const { value, state } = update(
        weights.get(name),
        gradients[index]!,
        old,
        rate,
        prepared.phase.optimizer,
      );
      return { value, slots: [...state.slots], stepCount: state.stepCount };
    });
    gradients[index]!.dispose();
    tf.dispose([...(old?.slots ?? [])]);
    for (const slot of next.slots) tf.keep(slot);
    states.set(name, { stepCount: next.stepCount, slots: next.slots });
    weights.replace(name, next.value);
  });
}
