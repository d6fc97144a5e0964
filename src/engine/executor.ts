import type { BackendName, ExecutorName, StepStats } from '../core/api';
import type { BatchNormMode } from '../core/batch-norm';
import type { LayerGraph, WeightValues } from '../core/graph/graph';
import type { OptimizerOptions } from '../core/options/train-config';
import type { PlanView } from '../core/run/plan-view';
import type { VariableState } from '../core/run/run-state';
import type { ActivationStorage } from '../core/run/storage-view';

/** What an executor has to know of a phase: exactly which variables move, and how each BatchNorm behaves. */
export interface ExecutablePhase {
  /** Trained variables in graph order, each with the index of its optimizer group. */
  readonly trained: readonly { readonly name: string; readonly group: number }[];
  /** By layer name, for every BatchNorm layer of the graph. */
  readonly batchNorm: ReadonlyMap<string, BatchNormMode>;
  readonly optimizer: OptimizerOptions;
  /** What a picture of each class counts for in the loss, above 0. Left out: all the same. */
  readonly classWeights?: readonly number[];
  /**
   * `half`: values between the layers and their gradients are kept as 16-bit floats during a step, where the executor can and
   * where its first batch shows that the step stays close to one in float32. Left out: float32.
   */
  readonly storage?: ActivationStorage;
}

export interface Batch {
  /** NHWC float32, preprocessed; perhaps made only when it is read. */
  readonly images: Float32Array;
  readonly shape: readonly [count: number, height: number, width: number, channels: number];
  /** Class index of each picture. */
  readonly labels: Int32Array;
  /** What this step's dropout masks are drawn from, so that a resumed run drops the same values. Default 0. */
  readonly dropoutSeed?: number;
  /**
   * Who each picture is: an id stands for the same numbers for as long as the executor lives. With ids, what is
   * frozen is computed once a picture and kept.
   */
  readonly pictureIds?: readonly string[];
}

/** The same batch, whose numbers come from elsewhere when they are asked for. */
export interface AwaitedBatch extends Omit<Batch, 'images'> {
  readonly images: AwaitedImages;
}

export interface AwaitedImages {
  /** Begins to fetch these rows of the batch, if that was not done; resolves when they are there. */
  fetch(rows: readonly number[]): Promise<void>;
  /** The numbers of these rows, in this order; fetches what is missing. */
  read(rows: readonly number[]): Promise<Float32Array>;
  /** What is still waited for is not wanted any more. */
  cancel(): void;
}

export type TrainingBatch = Batch | AwaitedBatch;

/** Pictures without what training needs of them. */
export type PictureBatch = Pick<TrainingBatch, 'images' | 'shape' | 'pictureIds'>;

export interface StepOutcome {
  /** Mean softmax cross-entropy of the batch, weighted by class, before the update. */
  readonly loss: number;
  /** Pictures of the batch that were right before the update. */
  readonly correct: number;
}

/** A step that was begun. */
export interface StartedStep {
  /** A promise while a device is still at it: other calls may come meanwhile, the next step among them. */
  readonly outcome: StepOutcome | Promise<StepOutcome>;
}

/**
 * Runs a layer graph: holds its weights and optimizer state, trains them step by step, evaluates.
 * One at a time: a call must have resolved before the next. State is keyed by variable name and
 * outlives a phase, so that entering a phase loses nothing.
 */
export interface Executor {
  readonly kind: ExecutorName;
  readonly backend: BackendName;
  readonly graph: LayerGraph;
  /** For people: which executor on which backend. */
  readonly description: string;
  /** Not before every step that was started has its outcome; the same holds for `writeOptimizerState` and `dispose`. */
  enterPhase(phase: ExecutablePhase): Promise<void>;
  /**
   * Begins a training step: forward, loss, gradients of exactly the phase's variables, update. Whatever is asked
   * later finds it done.
   * @param learningRates one a group
   */
  startStep(batch: TrainingBatch, learningRates: readonly number[]): Promise<StartedStep>;
  /** The same to its end. */
  trainStep(batch: TrainingBatch, learningRates: readonly number[]): Promise<StepOutcome>;
  /** Rows of a batch whose numbers a step or an evaluation would read now: nothing frozen of them is kept. */
  unknownPictures(pictures: Omit<PictureBatch, 'images'>): readonly number[];
  /** Logits in evaluation mode, [count × classes]. */
  predict(images: Float32Array, shape: Batch['shape']): Promise<Float32Array>;
  /** The same for pictures that may be known by their ids. */
  evaluate(pictures: PictureBatch): Promise<Float32Array>;
  /** Means over height and width at a layer in evaluation mode, [count × channels]. */
  features(images: Float32Array, shape: Batch['shape'], layerName: string): Promise<Float32Array>;
  /** Copies of all weights, or of those named. */
  readWeights(names?: readonly string[]): Promise<Map<string, Float32Array>>;
  writeWeights(values: WeightValues): Promise<void>;
  readOptimizerState(): Promise<Map<string, VariableState>>;
  writeOptimizerState(state: ReadonlyMap<string, VariableState>): Promise<void>;
  stats(): StepStats;
  /** The plan of the last training step; null before the first, or where there is no plan. */
  planView(): PlanView | null;
  dispose(): void;
}
