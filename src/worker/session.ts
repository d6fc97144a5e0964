import { version } from '../../package.json';
import type { ExportFormat, PictureTensors, RunStats } from '../core/api';
import { ThawError } from '../core/errors';
import type { Network } from '../core/graph/graph';
import { variantsKey } from '../core/options/augmentation';
import type { SerializableTrainConfig } from '../core/options/train-config';
import { layersAtRest } from '../core/phases/layer-table';
import type { CostReport } from '../core/run/cost-report';
import type { TrainingEvent } from '../core/run/events';
import type { PlanView } from '../core/run/plan-view';
import type { RunRecord, ValidationResult } from '../core/run/run-record';
import type { RunFile, RunState, SavedRun } from '../core/run/run-state';
import type {
  BackboneReport,
  DataReport,
  MachineReport,
  PixelPictures,
  PlanReport,
  TrainingWorker,
  WorkerBackboneSource,
  WorkerData,
} from '../core/worker-contract';
import { chooseBackend } from '../engine/backends/choose-backend';
import { suggestBackbone } from '../engine/backends/suggestion';
import type { CostRequest } from '../engine/cost/cost-estimator';
import type { Executor } from '../engine/executor';
import { checkFitsData } from '../engine/run/run';
import { RunProgress } from '../engine/run/run-progress';
import type { SuppliedSet } from '../engine/run/supplied-pictures';
import { Announcer } from './announcer';
import { type Backbone, headed, inputOf, noBackbone, readBackbone, reportOf } from './backbone';
import { createBreathe } from './breathe';
import { ExecutorHolder } from './executor-holder';
import { LastRun, readRun } from './last-run';
import { checkTensors } from './picture-checks';
import { type PlannedRun, planResumedRun, planRun, scheduleOf } from './planned-run';
import { PresentNetwork } from './present-network';
import { RemoteSupply } from './remote-supply';
import { resilientRun } from './resilient-run';
import { RunControl } from './run-control';
import { ToldOnce } from './told-once';
import {
  checkData,
  checkPictureShape,
  classNamesOf,
  countsOf,
  dataWarnings,
  type TrainingData,
  toPictures,
  withClassNames,
} from './training-data';

/** The training worker: what is loaded, what trains, and who may do what when. */
export class Session implements TrainingWorker {
  readonly #hearMessages = createBreathe();
  /** Its executor holds the present weights: as loaded, or as the last run left them. */
  readonly #engine = new ExecutorHolder(this.#hearMessages, (preparation) =>
    this.#tell({ type: 'preparing', ...preparation }),
  );
  readonly #present = new PresentNetwork(this.#engine, this.#hearMessages);
  #backbone: Backbone | null = null;
  #data: WorkerData | null = null;
  /** Hands out the pixels of pictures. */
  #supply: RemoteSupply | null = null;
  #run: RunControl | null = null;
  /** To the listener of the run that goes on. */
  #tell: (event: TrainingEvent) => void = () => {};
  readonly #lastRun = new LastRun();

  async start(...[forced, executor, head]: Parameters<TrainingWorker['start']>): Promise<MachineReport> {
    const machine = await chooseBackend(forced, executor, head);
    this.#engine.start(machine, forced === null ? 'free' : 'forced');
    return this.machine();
  }

  async machine(): Promise<MachineReport> {
    const { machine } = this.#engine;
    return { ...machine, version, suggestion: suggestBackbone(machine.backend, machine.acceleration) };
  }

  async loadBackbone(source: WorkerBackboneSource): Promise<BackboneReport> {
    const change = 'The backbone cannot be changed';
    this.#refuseWhileTraining(change);
    const { backend, acceleration } = this.#engine.machine;
    const backbone = await readBackbone(source, suggestBackbone(backend, acceleration).pictureSize);
    const network = headed(backbone, this.#data && classNamesOf(this.#data).length, 0);
    await this.#replaceExecutor(network, change);
    this.#backbone = backbone;
    return { ...reportOf(backbone, network.graph), warnings: this.#engine.warnings };
  }

  async setData(data: WorkerData): Promise<DataReport> {
    const change = 'The pictures cannot be changed';
    this.#refuseWhileTraining(change);
    checkData(data);
    const network = this.#backbone === null ? null : headed(this.#backbone, classNamesOf(data).length, 0);
    if (network !== null) {
      checkPictureShape(data, network.graph, this.#loadedBackbone().pictureSize);
      await this.#replaceExecutor(network, change);
    }
    this.#data = data;
    this.#supply?.close();
    this.#supply = data.kind === 'pictures' ? new RemoteSupply(data.supply) : null;
    const [trainCount, validationCount] = countsOf(data);
    return {
      classNames: classNamesOf(data),
      trainCount,
      validationCount,
      layers: network === null ? [] : layersAtRest(network.graph),
    };
  }

  async renameClasses(classNames: readonly string[]): Promise<void> {
    this.#refuseWhileTraining('The classes cannot be renamed');
    this.#data = withClassNames(this.#data, classNames);
  }

  async plan(config: SerializableTrainConfig): Promise<PlanReport> {
    const planned = this.#plan((networkFor) => planRun(config, networkFor));
    const progress = new RunProgress(planned.plan, planned.config, planned.network, null);
    progress.enterEpoch();
    return { layers: progress.layers(), warnings: planned.warnings };
  }

  async train(config: SerializableTrainConfig, listener: (event: TrainingEvent) => void): Promise<RunRecord> {
    this.#refuseWhileTraining('A second run cannot start');
    const planned = this.#plan((networkFor) => planRun(config, networkFor));
    return this.#train(planned, null, listener);
  }

  async runState(): Promise<RunState> {
    return this.#lastRun.state();
  }

  async runFile(): Promise<RunFile> {
    return this.#lastRun.file();
  }

  async resumeRun(saved: SavedRun, listener: (event: TrainingEvent) => void): Promise<RunRecord> {
    const state = await readRun(saved);
    this.#refuseWhileTraining('A second run cannot start');
    const planned = this.#plan((networkFor, count) => planResumedRun(state, networkFor, count));
    return this.#train(planned, state, listener);
  }

  async exportSchedule(config: SerializableTrainConfig): Promise<string> {
    return scheduleOf(this.#plan((networkFor) => planRun(config, networkFor)));
  }

  async #train(
    planned: PlannedRun,
    resumeFrom: RunState | null,
    listener: (event: TrainingEvent) => void,
  ): Promise<RunRecord> {
    const data = this.#pictures(planned.config);
    const announcer = new Announcer(listener);
    const told = new ToldOnce((event) => announcer.tell(event));
    const control = new RunControl((event) => told.hear(event), this.#hearMessages);
    this.#run = control;
    this.#tell = (event) => announcer.tell(event);
    try {
      const variants = variantsKey(planned.config.augmentation, planned.config.seed);
      this.#lastRun.hold(resumeFrom);
      const { graph } = planned.network;
      const run = resilientRun({
        ...planned,
        engine: {
          executor: (weights) => this.#engine.reuse({ graph, weights }, variants),
          fallBack: () => this.#engine.fallBack(),
        },
        warnings: [...planned.warnings, ...this.#engine.warnings],
        loaded: planned.network,
        classNames: data.classNames,
        train: data.train,
        validation: data.validation,
        breathe: () => control.breathe(),
        resumeFrom,
        onEpochEnd: (state) => this.#lastRun.hold(state),
        explain: (error) => this.#engine.explain(this.#costRequest(planned), error),
      });
      return await control.drive(run);
    } finally {
      this.#run = null;
      this.#tell = () => {};
      await announcer.heard();
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
    return this.#present.validate(this.#pictures());
  }

  async weights() {
    return this.#present.weights();
  }

  async predict(tensors: PictureTensors) {
    checkTensors(tensors, 'the pictures');
    this.#refuseWithoutHead();
    return this.#present.predict(tensors);
  }

  async classify(pictures: PixelPictures): Promise<readonly (readonly number[])[]> {
    this.#refuseWithoutHead();
    return this.#present.classify(pictures, this.#loadedBackbone().preprocessing);
  }

  async features(tensors: PictureTensors, layerName: string) {
    checkTensors(tensors, 'the pictures');
    return this.#present.features(tensors, layerName, this.#loadedBackbone().network);
  }

  async exportModel(format: ExportFormat) {
    const { network, pictureSize } = this.#loadedBackbone();
    return this.#present.exportModel(format, [pictureSize, pictureSize, inputOf(network).channels]);
  }

  async stats(): Promise<RunStats> {
    const stats = this.#loaded().stats();
    return { ...stats, input: (await this.#supply?.stats()) ?? null };
  }

  async planView(): Promise<PlanView | null> {
    return this.#loaded().planView();
  }

  async estimate(config: SerializableTrainConfig): Promise<CostReport | null> {
    const planned = this.#plan((networkFor) => planRun(config, networkFor));
    return this.#engine.estimate(this.#costRequest(planned), () => this.#run === null);
  }

  #costRequest(planned: PlannedRun): CostRequest {
    const { train, validation } = this.#pictures();
    const counts = { trainCount: train.count, validationCount: validation?.count ?? 0 };
    return { ...planned, ...counts, picture: train.shape };
  }

  /** @param plan from the network with its head (whose initial values depend on the seed) and the pictures */
  #plan(plan: (networkFor: (seed: number) => Network, trainCount: number) => PlannedRun): PlannedRun {
    const backbone = this.#loadedBackbone();
    const { classNames, train } = this.#pictures();
    const planned = plan((seed) => headed(backbone, classNames.length, seed), train.count);
    checkPictureShape(this.#data!, planned.network.graph, backbone.pictureSize);
    checkFitsData(planned.config, train, classNames.length);
    return { ...planned, warnings: [...planned.warnings, ...dataWarnings(this.#data!, planned.config)] };
  }

  /** @throws ThawError `busy-training` where a run began while something was read, or now: it keeps what it began with */
  async #replaceExecutor(network: Network, change: string): Promise<void> {
    this.#refuseWhileTraining(change);
    this.#lastRun.hold(null);
    await this.#engine.replace(network);
    this.#refuseWhileTraining(change);
  }

  #pictures(augmented: SuppliedSet['augmented'] = null): TrainingData {
    if (this.#data === null) throw new ThawError('no-data', 'There are no pictures yet. Add some first.');
    return toPictures(this.#data, this.#supply, this.#loadedBackbone().preprocessing, augmented);
  }

  #loadedBackbone(): Backbone {
    if (this.#backbone === null) throw noBackbone();
    return this.#backbone;
  }

  #loaded(): Executor {
    const { executor } = this.#engine;
    if (executor === null) throw noBackbone();
    return executor;
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
