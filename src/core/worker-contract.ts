import type {
  BackendName,
  ExecutorName,
  ExportFormat,
  PictureTensors,
  ReadyReport,
  RunStats,
  TensorData,
} from './api';
import type { SerializableTrainConfig, Warning } from './options/train-config';
import type { LayerStatus } from './phases/layer-status';
import type { SupplyPort } from './picture-supply';
import type { CostReport } from './run/cost-report';
import type { TrainingEvent } from './run/events';
import type { PlanView } from './run/plan-view';
import type { RunRecord, ValidationResult } from './run/run-record';
import type { RunFile, RunState, SavedRun } from './run/run-state';

/**
 * Everything that crosses between page and training worker, in one interface (Comlink carries it).
 * Failures reject with an error that keeps its `code`.
 */
export interface TrainingWorker {
  /**
   * Chooses and starts a backend. What the address forces is not to be second-guessed.
   * @param forced from `?backend=`
   * @param executor from `?executor=`; default: step plans wherever there are kernels
   * @param head from `?head=`: takes the steps of a head on kept features
   */
  start(
    forced: BackendName | null,
    executor?: ExecutorName | null,
    head?: BackendName | null,
  ): Promise<MachineReport>;
  /** What runs networks now: another than at the start where a run had to leave the graphics processor. */
  machine(): Promise<MachineReport>;
  loadBackbone(source: WorkerBackboneSource): Promise<BackboneReport>;
  /** Replaces the data; the head is sized to the classes. */
  setData(data: WorkerData): Promise<DataReport>;
  /** Other names for the classes of the data, one each in their order. Weights and the last run stay. */
  renameClasses(classNames: readonly string[]): Promise<void>;
  /** The layer table that the config would train; throws what `train` would throw. */
  plan(config: SerializableTrainConfig): Promise<PlanReport>;
  /** Resolves when the run ends; the listener hears of it as it goes on. */
  train(config: SerializableTrainConfig, listener: (event: TrainingEvent) => void): Promise<RunRecord>;
  /** The last run as it stood when its last epoch ended; rejects with `not-trained` before. */
  runState(): Promise<RunState>;
  /** The same as a file, which costs the page no time. */
  runFile(): Promise<RunFile>;
  /** Goes on with a run that was saved, with the backbone and the pictures it was started with. */
  resumeRun(saved: SavedRun, listener: (event: TrainingEvent) => void): Promise<RunRecord>;
  /** The plan of a config as a schedule of the finetuning-scheduler package. */
  exportSchedule(config: SerializableTrainConfig): Promise<string>;
  pause(): Promise<void>;
  resume(): Promise<void>;
  stop(): Promise<void>;
  /** How the present weights do on the validation pictures. */
  validate(): Promise<ValidationResult>;
  weights(): Promise<Record<string, { shape: readonly number[]; values: Float32Array }>>;
  predict(tensors: PictureTensors): Promise<{ logits: Float32Array; shape: readonly [number, number] }>;
  /** Pixels (RGB, 0…255) through the backbone's own preprocessing: class probabilities of each picture. */
  classify(pictures: PixelPictures): Promise<readonly (readonly number[])[]>;
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
  /** What the config would cost on this machine; the first time for a network takes a short measurement.
   * Null where TensorFlow.js runs the network. */
  estimate(config: SerializableTrainConfig): Promise<CostReport | null>;
}

export interface MachineReport extends ReadyReport {
  /** What runs networks that it has kernels for. */
  readonly executor?: ExecutorName;
  readonly warnings: readonly Warning[];
  /** A real graphics processor does the work, a software adapter stands in, or none is used. */
  readonly acceleration: 'gpu' | 'software' | 'none';
  /** What was measured to choose, for the page. */
  readonly probes: readonly {
    readonly backend: BackendName;
    /** Of a small step of a whole network. */
    readonly probeMs: number | null;
    /** Of a step of its head on kept features. */
    readonly headProbeMs?: number;
    readonly reason: string;
  }[];
  /** Takes the steps of a head on kept features, which `backend` computes; left out where that does both. */
  readonly headBackend?: BackendName;
  readonly suggestion: { readonly backboneEnd: string; readonly pictureSize: number };
}

interface WorkerBackboneOptions {
  readonly backboneEnd?: string;
  readonly keepHead?: boolean;
  readonly pictureSize?: number;
  readonly preprocessing?: Preprocessing;
}

/** value = (pixel − mean) / std, pixel 0…255, the same for the three channels or one each. */
export interface Preprocessing {
  readonly mean: readonly [number, number, number];
  readonly std: readonly [number, number, number];
}

export type WorkerBackboneSource = WorkerBackboneOptions &
  (
    | { readonly kind: 'url'; readonly url: string }
    | {
        readonly kind: 'files';
        readonly files: readonly { readonly name: string; readonly bytes: ArrayBuffer }[];
      }
  );

export interface BackboneReport {
  readonly name: string;
  readonly layers: readonly LayerStatus[];
  /** Where the backbone may end, in depth order. */
  readonly possibleEnds: readonly string[];
  readonly backboneEnd: string;
  readonly pictureSize: number;
  readonly batchNormLayers: number;
  readonly warnings: readonly Warning[];
}

/** Decoded pictures, RGB bytes 0…255, [count, size, size, 3]. */
export interface PixelPictures {
  readonly pixels: Uint8Array<ArrayBuffer>;
  readonly count: number;
  readonly size: number;
}

/** Pictures that the input worker knows by their indices. */
export interface SuppliedPictures {
  readonly indices: readonly number[];
  /** One a picture. */
  readonly labels: readonly number[];
}

export type WorkerData =
  | {
      readonly kind: 'pictures';
      readonly classNames: readonly string[];
      /** Side of a picture in pixels. */
      readonly size: number;
      readonly train: SuppliedPictures;
      readonly validation: SuppliedPictures;
      /** Where the input worker hands out their pixels; given away with the data. */
      readonly supply: SupplyPort;
    }
  | {
      readonly kind: 'tensors';
      readonly train: TensorData;
      /** Without one, nothing is validated: loss and accuracy are NaN in the record. */
      readonly validation: Omit<TensorData, 'classNames'> | null;
    };

export interface DataReport {
  readonly classNames: readonly string[];
  readonly trainCount: number;
  readonly validationCount: number;
  /** With the head sized to the classes; empty before a backbone is loaded. */
  readonly layers: readonly LayerStatus[];
}

export interface PlanReport {
  readonly layers: readonly LayerStatus[];
  readonly warnings: readonly Warning[];
}
