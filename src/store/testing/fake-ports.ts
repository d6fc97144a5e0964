import type { BackendName } from '../../core/api';
import type { SerializableTrainConfig } from '../../core/options/train-config';
import type { LayerStatus } from '../../core/phases/layer-status';
import type { TrainingEvent } from '../../core/run/events';
import type { RunRecord } from '../../core/run/run-record';
import type { RunState, SavedRun } from '../../core/run/run-state';
import type { MachineReport, TrainingWorker, WorkerBackboneSource } from '../../core/worker-contract';
import type { PictureDecoder } from '../../data/input/decoder';
import type { PictureSet } from '../../data/picture-set';
import type { BundledBackbone, Ports } from '../ports';

/** A world without worker, pictures and page, that writes down what was asked of it. */
export interface FakeWorld {
  readonly ports: Ports;
  readonly loaded: WorkerBackboneSource[];
  readonly planned: SerializableTrainConfig[];
  readonly trained: SerializableTrainConfig[];
  readonly resumed: SavedRun[];
  readonly sentCounts: (readonly [train: number, validation: number])[];
  /** Names that classes were given afterwards. */
  readonly renamed: (readonly string[])[];
  /** Tells the page an event of the run that goes on. */
  emit(event: TrainingEvent): void;
  /** Ends the run that goes on. */
  endRun(record: RunRecord): void;
  failRun(error: Error): void;
}

export const ENTRY: BundledBackbone = {
  id: 'tiny',
  name: 'Tiny',
  url: 'http://localhost/backbones/tiny/model.json',
  sizeBytes: 1,
  parameters: 1,
  preprocessing: { mean: [127, 127, 127], std: [128, 128, 128] },
  blockEnds: ['block1', 'block2'],
  defaultEnd: 'block2',
  pictureSizes: [32, 64],
  licence: 'Apache-2.0',
  attribution: 'nobody',
};

export const LAYER: LayerStatus = {
  name: 'block1',
  type: 'Conv2D',
  part: 'backbone',
  parameters: 9,
  trainable: false,
  bn: null,
  learningRate: null,
  weightChange: null,
  statisticsChange: null,
  changesAtBoundary: true,
};

/** A run of two epochs after its first. */
const RUN_STATE: RunState = {
  version: 1,
  config: { epochs: 2, optimizer: 'sgd', learningRate: 0.5 },
  clock: { epoch: 1, phaseIndex: 0, bestLoss: null, stalledEpochs: 0 },
  rates: { rates: [0.5], callbackRates: [null] },
  trainCount: 6,
  step: 1,
  losses: [0.75],
  epochs: [
    {
      epoch: 0,
      phase: 'frozen',
      headLr: 0.5,
      backboneLr: null,
      trainLoss: 0.75,
      trainAccuracy: 0.5,
      valLoss: Number.NaN,
      valAccuracy: Number.NaN,
      ms: 3,
    },
  ],
  weights: new Map([['block1/kernel', Float32Array.of(1, 2, 3)]]),
  optimizer: new Map([['block1/kernel', { stepCount: 1, slots: [] }]]),
};

/** @param perClass how many pictures each of the two sample classes has */
export function createFakeWorld(perClass = 4): FakeWorld {
  const loaded: WorkerBackboneSource[] = [];
  const planned: SerializableTrainConfig[] = [];
  const trained: SerializableTrainConfig[] = [];
  const resumed: SavedRun[] = [];
  const sentCounts: (readonly [number, number])[] = [];
  const renamed: (readonly string[])[] = [];
  let listener: ((event: TrainingEvent) => void) | null = null;
  let end: { resolve: (record: RunRecord) => void; reject: (error: Error) => void } | null = null;
  const done = async () => undefined;
  const missing = () => Promise.reject(new Error('not part of this fake'));

  const machine = (backend: BackendName): MachineReport => ({
    backend,
    adapter: 'none',
    version: '1.0.0',
    acceleration: 'none',
    warnings: [{ code: 'fallback-backend', message: 'No graphics processor here.' }],
    probes: [],
    suggestion: { backboneEnd: 'block1', pictureSize: 64 },
  });
  const worker: TrainingWorker = {
    start: async (forced) => machine(forced ?? 'wasm'),
    machine: async () => machine('cpu'),
    loadBackbone: async (source) => {
      loaded.push(source);
      return {
        name: 'tiny',
        layers: [LAYER],
        possibleEnds: ['block1', 'block2'],
        backboneEnd: source.backboneEnd ?? 'block2',
        pictureSize: source.pictureSize ?? 32,
        batchNormLayers: 1,
        warnings: [],
      };
    },
    setData: async (data) => {
      const count = (part: { labels: readonly number[] } | null) => part?.labels.length ?? 0;
      sentCounts.push([count(data.train), count(data.validation)]);
      const classNames = data.kind === 'pictures' ? data.classNames : data.train.classNames;
      const [trainCount, validationCount] = sentCounts.at(-1)!;
      return { classNames, trainCount, validationCount, layers: [LAYER] };
    },
    renameClasses: async (classNames) => void renamed.push(classNames),
    plan: async (config) => {
      planned.push(config);
      return { layers: [LAYER], warnings: [] };
    },
    train: (config, told) => {
      trained.push(config);
      listener = told;
      return new Promise((resolve, reject) => {
        end = { resolve, reject };
      });
    },
    runState: async () => RUN_STATE,
    runFile: async () => ({ config: RUN_STATE.config, epochsDone: 1, content: new Blob(['a run']) }),
    resumeRun: (saved, told) => {
      resumed.push(saved);
      listener = told;
      return new Promise((resolve, reject) => {
        end = { resolve, reject };
      });
    },
    exportSchedule: missing,
    pause: done,
    resume: done,
    stop: done,
    validate: missing,
    weights: missing,
    predict: missing,
    classify: async () => [[0.25, 0.75]],
    features: missing,
    exportModel: missing,
    stats: missing,
    planView: async () => null,
    estimate: async () => null,
  };

  return {
    ports: {
      worker,
      decoder: FAKE_DECODER,
      unzip: missing,
      loadSamples: async () => samples(perClass),
      loadCatalogue: async () => [ENTRY],
      keeping: { open: async () => ({ status: 'refused' }), persist: () => {}, reload: () => {} },
      requestFrame: (callback) => void setTimeout(callback, 0),
    },
    loaded,
    planned,
    trained,
    resumed,
    sentCounts,
    renamed,
    emit: (event) => listener?.(event),
    endRun: (record) => end?.resolve(record),
    failRun: (error) => end?.reject(error),
  };
}

function samples(perClass: number): PictureSet {
  const classNames = ['cat', 'dog'];
  const pictures = classNames.flatMap((className, classIndex) =>
    Array.from({ length: perClass }, (_, index) => ({
      id: `${className}${index}`,
      name: `${index}.jpg`,
      classIndex,
      source: { kind: 'url', url: `http://localhost/${className}/${index}.jpg` } as const,
    })),
  );
  return { classNames, pictures };
}

const FAKE_DECODER: PictureDecoder = {
  decode: async (pictures, { size }) => ({
    readable: pictures.map((_, index) => index),
    failures: [],
    collect: async (indices) => ({
      pixels: new Uint8Array(indices.length * size * size * 3),
      count: indices.length,
      size,
    }),
    connect: () => new MessageChannel().port1,
    release: () => undefined,
  }),
};
