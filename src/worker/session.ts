import { transfer } from 'comlink';
import { version } from '../../package.json';
import type { BackendName, ExportFormat, PictureTensors, StepStats } from '../core/api';
import { ThawError } from '../core/errors';
import type { TrainingEvent } from '../core/events';
import type { LayerGraph, Network } from '../core/graph';
import { inferShapes } from '../core/graph-shapes';
import { layersAtRest } from '../core/layer-table';
import { probabilities, validationResult } from '../core/metrics';
import { phaseBehaviour } from '../core/phase-behaviour';
import type { RunRecord, ValidationResult } from '../core/run-record';
import type {
  BackboneReport,
  DataReport,
  MachineReport,
  PixelPictures,
  PlanReport,
  SerializableTrainConfig,
  TrainingWorker,
  WorkerBackboneSource,
  WorkerData,
} from '../core/worker-contract';
import { type ChosenBackend, chooseBackend } from '../engine/choose-backend';
import { createExecutor } from '../engine/create-executor';
import { logitsOf } from '../engine/evaluate';
import type { Executor } from '../engine/executor';
import { exportLayersModel } from '../engine/export/layers-model';
import { classifyPictures, featuresAt, predictLogits } from '../engine/inference';
import { oneAtATime } from '../engine/one-at-a-time';
import { checkBatchSize, runTraining } from '../engine/run';
import { RunProgress } from '../engine/run-progress';
import { suggestBackbone } from '../engine/suggestion';
import { Announcer } from './announcer';
import { type Backbone, headed, inputOf, readBackbone } from './backbone';
import { createBreathe } from './breathe';
import { checkTensors, invalid } from './picture-checks';
import { type PlannedRun, planRun } from './planned-run';
import { RunControl } from './run-control';
import { checkData, type TrainingData, toPictures } from './training-data';

/** The training worker: what is loaded, what trains, and who may do what when. */
export class Session implements TrainingWorker {
  readonly #hearMessages = createBreathe();
  #machine: ChosenBackend | null = null;
  #backbone: Backbone | null = null;
  #data: WorkerData | null = null;
  /** Holds the present weights: as loaded, or as the last run left them. */
  #executor: Executor | null = null;
  #run: RunControl | null = null;

  async start(forced: BackendName | null): Promise<MachineReport> {
    const machine = await chooseBackend(forced);
    this.#machine = machine;
    return { ...machine, version, suggestion: suggestBackbone(machine.backend, machine.acceleration) };
  }

  async loadBackbone(source: WorkerBackboneSource): Promise<BackboneReport> {
    this.#refuseWhileTraining('The backbone cannot be changed');
    const { backend, acceleration } = this.#started();
    const backbone = await readBackbone(source, suggestBackbone(backend, acceleration).pictureSize);
    const network = headed(backbone, this.#classes(), 0);
    await this.#replaceExecutor(network);
    this.#backbone = backbone;
    const { graph } = network;
    return {
      name: graph.name,
      layers: layersAtRest(graph),
      possibleEnds: backbone.possibleEnds,
      backboneEnd: backbone.backboneEnd,
      pictureSize: backbone.pictureSize,
      batchNormLayers: graph.layers.filter((layer) => layer.kind === 'batchNorm' && layer.part === 'backbone')
        .length,
      warnings: [],
    };
  }

  async setData(data: WorkerData): Promise<DataReport> {
    this.#refuseWhileTraining('The pictures cannot be changed');
    checkData(data);
    const network = this.#backbone === null ? null : headed(this.#backbone, classNamesOf(data).length, 0);
    if (network !== null) {
      this.#checkPictureShape(data, network.graph);
      await this.#replaceExecutor(network);
    }
    this.#data = data;
    const [trainCount, validationCount] = countsOf(data);
    return {
      classNames: classNamesOf(data),
      trainCount,
      validationCount,
      layers: network === null ? [] : layersAtRest(network.graph),
    };
  }

  async plan(config: SerializableTrainConfig): Promise<PlanReport> {
    const planned = this.#planRun(config);
    const progress = new RunProgress(planned.plan, planned.config, planned.network, null);
    progress.enterEpoch();
    return {
      layers: progress.layers(),
      warnings: planned.warnings,
      behaviour: phaseBehaviour(planned.config),
    };
  }

  async train(config: SerializableTrainConfig, listener: (event: TrainingEvent) => void): Promise<RunRecord> {
    this.#refuseWhileTraining('A second run cannot start');
    const planned = this.#planRun(config);
    const data = this.#pictures();
    const told = new Announcer(listener);
    const control = new RunControl((event) => told.tell(event), this.#hearMessages);
    this.#run = control;
    try {
      const executor = await this.#replaceExecutor(planned.network);
      const run = runTraining({
        ...planned,
        executor,
        loaded: planned.network,
        classNames: data.classNames,
        train: data.train,
        validation: data.validation,
        breathe: () => control.breathe(),
      });
      return await control.drive(run);
    } finally {
      this.#run = null;
      await told.heard();
    }
  }

  async pause(): Promise<void> {
    await this.#running().pause();
  }

  async resume(): Promise<void> {
    this.#running().resume();
  }

  async stop(): Promise<void> {
    await this.#running().stop();
  }

  async validate(): Promise<ValidationResult> {
    const { validation, classNames } = this.#pictures();
    if (validation === null) {
      throw new ThawError('no-data', 'There are no pictures for validation. Add data that has some.');
    }
    const logits = await logitsOf(this.#loaded(), validation, this.#hearMessages);
    return validationResult(logits, validation.labels, classNames);
  }

  async weights() {
    const executor = this.#loaded();
    const values = await executor.readWeights();
    const specs = executor.graph.layers.flatMap((layer) => layer.weights);
    const named = specs.map(({ name, shape }) => [name, { shape, values: values.get(name)! }] as const);
    return transfer(
      Object.fromEntries(named),
      named.map(([, { values: each }]) => each.buffer),
    );
  }

  async predict(tensors: PictureTensors) {
    checkTensors(tensors, 'the pictures');
    this.#refuseWithoutHead();
    return predictLogits(this.#loaded(), tensors, this.#hearMessages);
  }

  async classify(pictures: PixelPictures): Promise<readonly (readonly number[])[]> {
    this.#refuseWithoutHead();
    const { preprocessing } = this.#loadedBackbone();
    const { logits, shape } = await classifyPictures(
      this.#loaded(),
      pictures,
      preprocessing,
      this.#hearMessages,
    );
    return probabilities(logits, shape[1]);
  }

  async features(tensors: PictureTensors, layerName: string) {
    checkTensors(tensors, 'the pictures');
    const executor = this.#loaded();
    if (executor.graph.layers.some((layer) => layer.name === layerName)) {
      return featuresAt(executor, tensors, layerName, this.#hearMessages);
    }
    // Behind the chosen end the backbone goes on as it was loaded, on the present weights before it.
    const { network } = this.#loadedBackbone();
    const weights = new Map([...network.weights, ...(await executor.readWeights())]);
    const whole = await createExecutor(executor.backend, { graph: network.graph, weights });
    try {
      return await featuresAt(whole, tensors, layerName, this.#hearMessages);
    } finally {
      whole.dispose();
    }
  }

  async exportModel(format: ExportFormat) {
    if (format !== 'tfjs') {
      throw new ThawError('invalid-option', `There is no format ${String(format)} to export to. Use 'tfjs'.`);
    }
    const executor = this.#loaded();
    const { network, pictureSize } = this.#loadedBackbone();
    const present = { graph: executor.graph, weights: await executor.readWeights() };
    const files = exportLayersModel(present, [pictureSize, pictureSize, inputOf(network).channels]);
    return transfer(
      { files },
      files.map((file) => file.bytes.buffer),
    );
  }

  async stats(): Promise<StepStats> {
    return this.#loaded().stats();
  }

  #planRun(config: SerializableTrainConfig): PlannedRun {
    const backbone = this.#loadedBackbone();
    const data = this.#pictures();
    const planned = planRun(config, (seed) => headed(backbone, data.classNames.length, seed));
    this.#checkPictureShape(this.#data!, planned.network.graph);
    checkBatchSize(planned.config, data.train);
    return planned;
  }

  /** The old one goes first, so that two networks are never held at once. */
  async #replaceExecutor(network: Network): Promise<Executor> {
    const { backend } = this.#started();
    this.#executor?.dispose();
    this.#executor = null;
    this.#executor = oneAtATime(await createExecutor(backend, network));
    return this.#executor;
  }

  /** @throws ThawError `data-invalid`, and of shape inference */
  #checkPictureShape(data: WorkerData, graph: LayerGraph): void {
    const { pictureSize } = this.#loadedBackbone();
    if (data.kind === 'pixels' && data.train.size !== pictureSize) {
      throw invalid(
        `The pictures are ${data.train.size} pixels wide, but the backbone was loaded for ${pictureSize}. Add the pictures again, or load the backbone for their size.`,
      );
    }
    const shape = data.kind === 'tensors' ? data.train.shape : [0, pictureSize, pictureSize, 3];
    inferShapes(graph, [shape[1]!, shape[2]!, shape[3]!]);
  }

  #pictures(): TrainingData {
    if (this.#data === null) throw new ThawError('no-data', 'There are no pictures yet. Add some first.');
    return toPictures(this.#data, this.#loadedBackbone().preprocessing);
  }

  #classes(): number | null {
    return this.#data === null ? null : classNamesOf(this.#data).length;
  }

  #started(): ChosenBackend {
    if (this.#machine === null) throw new ThawError('internal', 'The worker has not been started.');
    return this.#machine;
  }

  #loadedBackbone(): Backbone {
    if (this.#backbone === null)
      throw new ThawError('no-backbone', 'There is no backbone yet. Load one first.');
    return this.#backbone;
  }

  #loaded(): Executor {
    if (this.#executor === null)
      throw new ThawError('no-backbone', 'There is no backbone yet. Load one first.');
    return this.#executor;
  }

  #running(): RunControl {
    if (this.#run === null) throw new ThawError('not-training', 'No training is running.');
    return this.#run;
  }

  #refuseWhileTraining(what: string): void {
    if (this.#run === null) return;
    throw new ThawError('busy-training', `${what} while training runs. Press Stop first.`);
  }

  #refuseWithoutHead(): void {
    if (this.#loadedBackbone().keepHead || this.#data !== null) return;
    throw new ThawError('no-data', 'Without pictures there are no classes to predict. Add pictures first.');
  }
}

function classNamesOf(data: WorkerData): readonly string[] {
  return data.kind === 'tensors' ? data.train.classNames : data.classNames;
}

function countsOf(data: WorkerData): readonly [train: number, validation: number] {
  return data.kind === 'tensors'
    ? [data.train.shape[0], data.validation?.shape[0] ?? 0]
    : [data.train.count, data.validation.count];
}
