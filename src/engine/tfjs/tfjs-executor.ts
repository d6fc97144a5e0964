import * as tf from '@tensorflow/tfjs';
import type { BackendName, StepStats } from '../../core/api';
import { ThawError } from '../../core/errors';
import type { LayerGraph, Network, WeightValues } from '../../core/graph/graph';
import type { VariableState } from '../../core/run/run-state';
import type {
  Batch,
  ExecutablePhase,
  Executor,
  PictureBatch,
  StartedStep,
  StepOutcome,
  TrainingBatch,
} from '../executor';
import { everyRow, imagesOf, withImages } from '../step-plan/batch-images';
import { DeviceWeights, readValues, tensorOf } from './device-weights';
import { countKernels } from './kernel-counter';
import type { DeviceState } from './optimizer';
import { runLayers } from './run-layers';
import { layersUpTo } from './split-graph';
import { type PreparedPhase, preparePhase, trainStep } from './train-step';

/**
 * The general executor: runs any layer graph with TensorFlow.js operations on any of its backends, which
 * has to be the active one. Its own forward pass, gradients and updates; nothing of TensorFlow.js's layers,
 * optimizers or training loop.
 */
export class TfjsExecutor implements Executor {
  readonly kind = 'tfjs';
  readonly backend: BackendName;
  readonly graph: LayerGraph;
  readonly description: string;
  readonly #weights: DeviceWeights;
  readonly #states = new Map<string, DeviceState>();
  #phase: PreparedPhase | null = null;
  #lastStep = { dispatches: 0, jsMs: 0 };

  constructor(backend: BackendName, network: Network) {
    this.backend = backend;
    this.graph = network.graph;
    this.description = `TensorFlow.js operations on ${backend}`;
    this.#weights = new DeviceWeights(network.graph, network.weights);
  }

  async enterPhase(phase: ExecutablePhase): Promise<void> {
    this.#phase = preparePhase(this.graph, phase);
  }

  async startStep(batch: TrainingBatch, learningRates: readonly number[]): Promise<StartedStep> {
    return { outcome: await this.trainStep(batch, learningRates) };
  }

  async trainStep(awaited: TrainingBatch, learningRates: readonly number[]): Promise<StepOutcome> {
    const phase = this.#phase;
    if (phase === null) throw new ThawError('internal', 'No phase has been entered before the first step.');
    const batch = await withImages(awaited);
    const startMs = performance.now();
    const { result, kernels } = countKernels(() =>
      tf.tidy(() => trainStep(phase, batch, learningRates, this.#weights, this.#states)),
    );
    this.#lastStep = { dispatches: kernels, jsMs: performance.now() - startMs };
    const [loss, correct] = await readAndDispose(result);
    return { loss: loss!, correct: correct! };
  }

  predict(images: Float32Array, shape: Batch['shape']): Promise<Float32Array> {
    return this.#evaluate(images, shape, this.graph.output, (output) => output);
  }

  async evaluate(pictures: PictureBatch): Promise<Float32Array> {
    return this.predict(await imagesOf(pictures), pictures.shape);
  }

  unknownPictures(pictures: Omit<PictureBatch, 'images'>): readonly number[] {
    return everyRow(pictures);
  }

  features(images: Float32Array, shape: Batch['shape'], layerName: string): Promise<Float32Array> {
    return this.#evaluate(images, shape, layerName, (output) =>
      output.rank === 4 ? tf.mean(output, [1, 2]) : output,
    );
  }

  async #evaluate(
    images: Float32Array,
    shape: Batch['shape'],
    layerName: string,
    finish: (output: tf.Tensor) => tf.Tensor,
  ): Promise<Float32Array> {
    const layers = layersUpTo(this.graph, layerName);
    const result = tf.tidy(() => {
      const context = { weights: this.#weights.tensors, training: null };
      const values = runLayers(layers, tf.tensor4d(images, [...shape]), new Set([layerName]), context);
      return finish(values.get(layerName)!);
    });
    return readAndDispose(result);
  }

  readWeights(names?: readonly string[]): Promise<Map<string, Float32Array>> {
    return this.#weights.read(names);
  }

  async writeWeights(values: WeightValues): Promise<void> {
    this.#weights.write(values);
  }

  async readOptimizerState(): Promise<Map<string, VariableState>> {
    const entries = [...this.#states].map(async ([name, { stepCount, slots }]) => {
      return [name, { stepCount, slots: await Promise.all(slots.map(readValues)) }] as const;
    });
    return new Map(await Promise.all(entries));
  }

  /** Replaces all state: a variable that is not named starts anew. */
  async writeOptimizerState(state: ReadonlyMap<string, VariableState>): Promise<void> {
    this.#disposeStates();
    for (const [name, { stepCount, slots }] of state) {
      const shape = this.#weights.shapeOf(name);
      this.#states.set(name, { stepCount, slots: slots.map((slot) => tensorOf(slot, shape)) });
    }
  }

  stats(): StepStats {
    const { numBytes, numTensors } = tf.memory();
    return { ...this.#lastStep, bytes: numBytes, tensors: numTensors };
  }

  planView(): null {
    return null;
  }

  dispose(): void {
    this.#weights.dispose();
    this.#disposeStates();
  }

  #disposeStates(): void {
    for (const { slots } of this.#states.values()) tf.dispose([...slots]);
    this.#states.clear();
  }
}

async function readAndDispose(tensor: tf.Tensor): Promise<Float32Array> {
  try {
    return await readValues(tensor);
  } finally {
    tensor.dispose();
  }
}
