import type { TrainConfig } from './options/train-config';
import type { LayerStatus } from './phases/layer-status';
import type { InputStats } from './picture-supply';
import type { CostReport } from './run/cost-report';
import type { TrainingEvent } from './run/events';
import type { PlanView } from './run/plan-view';
import type { RunRecord } from './run/run-record';
import type { RunState } from './run/run-state';

/**
 * A browser `File`, as far as the core (which compiles without DOM) needs to know it. A picture's class is
 * the folder in `webkitRelativePath`.
 */
export interface PickedFile {
  readonly name: string;
  readonly size: number;
  readonly type: string;
  readonly webkitRelativePath: string;
  arrayBuffer(): Promise<ArrayBuffer>;
}

export type BackendName = 'webgpu' | 'webgl' | 'wasm' | 'cpu' | 'reference';

/** `plan`: step plans on Thaw's own kernels. `tfjs`: TensorFlow.js operations, for layers without kernels and to compare. */
export type ExecutorName = 'plan' | 'tfjs';

export interface ReadyReport {
  readonly backend: BackendName;
  /** The graphics adapter as the browser names it, or what stands in for one. */
  readonly adapter: string;
  readonly version: string;
}

interface BackboneOptions {
  /** The last layer of the backbone; default: the bundled proposal, or the last layer before the head. */
  readonly backboneEnd?: string;
  /** Keep the layers after `backboneEnd` as the head, as loaded; a final softmax is taken off. */
  readonly keepHead?: boolean;
  /** Side of the square input in pixels. */
  readonly pictureSize?: number;
}

export type BackboneSource = BackboneOptions &
  (
    | { readonly kind: 'bundled'; readonly id: string }
    | { readonly kind: 'url'; readonly url: string }
    | { readonly kind: 'files'; readonly files: readonly PickedFile[] }
  );

/** Pictures as numbers, already preprocessed: NHWC float32, used as they are. */
export interface TensorData {
  readonly images: Float32Array;
  readonly shape: readonly [count: number, height: number, width: number, channels: number];
  readonly labels: readonly number[];
  readonly classNames: readonly string[];
}

export type DataSource =
  | { readonly kind: 'sample' }
  /** The class of a file is the name of its folder. */
  | { readonly kind: 'files'; readonly files: readonly PickedFile[] }
  | ({
      readonly kind: 'tensors';
      readonly validation?: Omit<TensorData, 'classNames'> & { classNames?: readonly string[] };
    } & TensorData);

export interface PictureTensors {
  readonly images: Float32Array;
  readonly shape: readonly [count: number, height: number, width: number, channels: number];
}

export interface StepStats {
  /** Dispatches of the last step: kernel calls, and on WebGPU what the device was given. */
  readonly dispatches: number;
  /** Synchronous JavaScript of the last step, in milliseconds. */
  readonly jsMs: number;
  /** Bytes held for weights, activations and optimizer state. */
  readonly bytes: number;
  /** Tensors or buffers alive after the step. */
  readonly tensors: number;
}

export interface RunStats extends StepStats {
  /** Decoded pictures; null where pictures were given as tensors, or none. */
  readonly input: InputStats | null;
}

/** `tfjs`: model.json and weights.bin, which `tf.loadLayersModel` opens. */
export type ExportFormat = 'tfjs';

/** The scripting API, `window.thaw`: what the buttons do, for the console, a test or an embedding page. */
export interface ThawApi {
  readonly ready: Promise<ReadyReport>;
  loadBackbone(source: BackboneSource): Promise<readonly LayerStatus[]>;
  setData(data: DataSource): Promise<void>;
  train(config: TrainConfig): Promise<RunRecord>;
  /**
   * The last run, or the one that goes on, as it stood when its last epoch ended: plain data for
   * structured cloning. Rejects with `not-trained` before an epoch has ended.
   */
  runState(): Promise<RunState>;
  /** The same as one file (src/storage/run-state-file.ts tells its format). */
  saveRun(): Promise<Uint8Array<ArrayBuffer>>;
  /**
   * Goes on with a run from its state or file, on the backbone and the pictures it was started with. The
   * losses that follow are those of a run that was never interrupted. Of a run that had ended it brings
   * the model back. Rejects with `run-state-invalid`.
   */
  resumeRun(state: RunState | Uint8Array): Promise<RunRecord>;
  /** The phases of a config as YAML of the finetuning-scheduler package; rejects where it cannot say them. */
  exportSchedule(config: TrainConfig): Promise<string>;
  pause(): Promise<void>;
  resume(): Promise<void>;
  stop(): Promise<void>;
  /** @returns a function that takes the listener off again */
  on<T extends TrainingEvent['type']>(
    type: T,
    listener: (event: Extract<TrainingEvent, { type: T }>) => void,
  ): () => void;
  weights(): Promise<Record<string, { shape: readonly number[]; values: Float32Array }>>;
  predict(tensors: PictureTensors): Promise<{ logits: Float32Array; shape: readonly [number, number] }>;
  /** Spatial means at a layer in evaluation mode. */
  features(
    tensors: PictureTensors,
    layerName: string,
  ): Promise<{ values: Float32Array; shape: readonly [number, number] }>;
  exportModel(
    format: ExportFormat,
  ): Promise<{ files: readonly { name: string; bytes: Uint8Array<ArrayBuffer> }[] }>;
  stats(): Promise<RunStats>;
  /** The plan of the last training step; null before the first, or where TensorFlow.js runs the network. */
  planView(): Promise<PlanView | null>;
  /**
   * What the config would cost on this machine: time of its phases and of the four BatchNorm choices, memory.
   * The first time for a network takes a short measurement. Null where TensorFlow.js runs the network.
   */
  estimate(config: TrainConfig): Promise<CostReport | null>;
}
