import type { StepStats } from '../../../core/api';
import type { LayerGraph, Network, WeightValues } from '../../../core/graph/graph';
import type { PlanView } from '../../../core/run/plan-view';
import type { VariableState } from '../../../core/run/run-state';
import type { ActivationStorage } from '../../../core/run/storage-view';
import type {
  ExecutablePhase,
  Executor,
  PictureBatch,
  StartedStep,
  StepOutcome,
  TrainingBatch,
} from '../../executor';
import type { KernelBackend, LoadedPlan, Numbers } from '../backend';
import { everyRow, imagesOf } from '../batch-images';
import { compileEvaluationPlan, compileFeaturesPlan } from '../compile/compile-evaluation';
import { compileTrainingPlan, type PictureShape } from '../compile/compile-training';
import { asFloat32 } from '../float32';
import { prefixPlan } from '../frozen/frozen-boundary';
import { type FrozenStart, FrozenValues, valueAt } from '../frozen/frozen-values';
import { type PrefixCacheOptions, type PrefixCacheSize, USUAL_CACHE } from '../frozen/prefix-cache';
import type { StepPlan } from '../plan';
import { stepScalars } from '../step-scalars';
import { ParameterStore } from './parameter-store';
import { ReadyPlans } from './ready-plans';
import { runInParts } from './run-in-parts';
import { readOutcome } from './step-outcome';
import { StorageChoice } from './storage-choice';
import { type TrainingInputs, writeInputs } from './training-inputs';
import { viewOfPlan } from './view-of-plan';

/** Makes plans ready that compute the values at a frozen boundary. */
export interface PrefixSource {
  readyPrefix(key: string, shape: PictureShape): Promise<LoadedPlan>;
}

/**
 * Makes an executor over any kernel backend, which is then the executor's to dispose of.
 * @param prefixFrom computes the frozen values: another executor of the same network in the same phase. Default: itself
 */
export async function createPlanExecutor(
  network: Network,
  backend: KernelBackend,
  cache: PrefixCacheOptions = USUAL_CACHE,
  prefixFrom: PrefixSource | null = null,
): Promise<PlanExecutor> {
  const parameters = await ParameterStore.create(backend, network.graph);
  const executor = new PlanExecutor(network.graph, backend, parameters, cache, prefixFrom);
  await executor.writeWeights(network.weights);
  return executor;
}

/** The Executor that compiles step plans and runs them; plans are kept by what they are for and their batch's shape. */
export class PlanExecutor implements Executor, PrefixSource {
  readonly kind = 'plan';
  readonly graph: LayerGraph;
  readonly #backend: KernelBackend;
  readonly #parameters: ParameterStore;
  readonly #plans: ReadyPlans;
  readonly #frozen: FrozenValues;
  readonly #prefixFrom: PrefixSource;
  readonly #storage: StorageChoice;
  #phase: ExecutablePhase | null = null;
  /** Counts writes from outside; prepared frozen weights are stale after one. */
  #writes = 0;
  /** Counts writes and steps; prepared weights of an evaluation plan are stale after either. */
  #changes = 0;
  #lastStep: {
    readonly loaded: LoadedPlan;
    readonly jsMs: number;
    readonly startsAt: PlanView['startsAt'];
  } | null = null;

  constructor(
    graph: LayerGraph,
    backend: KernelBackend,
    parameters: ParameterStore,
    cache: PrefixCacheOptions,
    prefixFrom: PrefixSource | null,
  ) {
    this.graph = graph;
    this.#backend = backend;
    this.#parameters = parameters;
    this.#plans = new ReadyPlans(backend);
    this.#frozen = new FrozenValues(graph, backend, cache);
    this.#prefixFrom = prefixFrom ?? this;
    this.#storage = new StorageChoice(backend);
  }

  get backend() {
    return this.#backend.name;
  }

  get description(): string {
    return `Step plan on ${this.#backend.description}`;
  }

  /** What is kept of frozen pictures now. */
  get cacheSize(): PrefixCacheSize {
    return this.#frozen.size();
  }

  async enterPhase(phase: ExecutablePhase): Promise<void> {
    this.#plans.drop();
    await this.#parameters.layOutFor(phase);
    this.#phase = phase;
    this.#frozen.enterPhase();
    this.#storage.enterPhase();
  }

  async trainStep(batch: TrainingBatch, learningRates: readonly number[]): Promise<StepOutcome> {
    return (await this.startStep(batch, learningRates)).outcome;
  }

  async startStep(batch: TrainingBatch, learningRates: readonly number[]): Promise<StartedStep> {
    const phase = this.#phase;
    if (!phase) throw new RangeError('No phase was entered.');
    const { layout, stepCounts } = this.#parameters;
    const { classWeights } = phase;
    const start = await this.#frozenStart(batch);
    const images = start === null ? await imagesOf(batch) : null;
    const inputs = { labels: batch.labels, images, start, classWeights };
    const { dropoutSeed: stepSeed = 0 } = batch;
    const numbers = { optimizer: phase.optimizer, layout, stepCounts, learningRates, stepSeed };
    const loaded = await this.#readyToTrain(phase, batch.shape, inputs, (plan) => stepScalars(plan, numbers));
    const startMs = performance.now();
    writeInputs(loaded, inputs);
    const scalars = stepScalars(loaded.plan, numbers);
    const isQueued = this.#backend.execution === 'queued';
    const scriptEndMs = performance.now();
    const running = loaded.run(scalars);
    const jsMs = (isQueued ? performance.now() : scriptEndMs) - startMs;
    await running;
    const outcome = readOutcome(loaded);
    for (const { name } of phase.trained) stepCounts.set(name, (stepCounts.get(name) ?? 0) + 1);
    this.#changes += 1;
    this.#lastStep = { loaded, jsMs, startsAt: start === null ? 'pictures' : 'frozenValues' };
    return { outcome: isQueued ? outcome : await outcome };
  }

  async predict(images: Float32Array, shape: PictureShape): Promise<Float32Array> {
    return this.#fromPictures(images, shape, 'logits', (part) =>
      compileEvaluationPlan(this.#request(part, []), this.#backend),
    );
  }

  async evaluate(pictures: PictureBatch): Promise<Float32Array> {
    const start = await this.#frozenStart(pictures);
    if (start === null) return this.predict(await imagesOf(pictures), pictures.shape);
    const { shape } = pictures;
    const names = start.boundary.values.map(({ name }) => name);
    const loaded = await this.#ready(`logits ${shape} ${start.boundary.key}`, this.#changes, () =>
      compileEvaluationPlan(this.#request(shape, names), this.#backend),
    );
    for (const { buffer, name } of loaded.plan.inputs) loaded.write(buffer, valueAt(start, name));
    await loaded.run([]);
    return asFloat32(await loaded.read(loaded.plan.outputs[0]!.buffer));
  }

  unknownPictures(pictures: Omit<PictureBatch, 'images'>): readonly number[] {
    const phase = this.#phase;
    if (phase === null) return everyRow(pictures);
    return this.#frozen.unknown(phase, this.#parameters.layout, pictures);
  }

  async features(images: Float32Array, shape: PictureShape, layerName: string): Promise<Float32Array> {
    return this.#fromPictures(images, shape, `features ${layerName}`, (part) =>
      compileFeaturesPlan(this.#request(part, []), layerName, this.#backend),
    );
  }

  async readWeights(names?: readonly string[]): Promise<Map<string, Float32Array>> {
    const all = names ?? [...this.#parameters.layout.variables.keys()];
    const values = await this.#parameters.readWeights(all);
    return new Map([...values].map(([name, numbers]) => [name, asFloat32(numbers)]));
  }

  async writeWeights(values: WeightValues): Promise<void> {
    await this.#forgetFrozenUnlessSame(values);
    this.#parameters.writeWeights(values);
    this.#writes += 1;
    this.#changes += 1;
  }

  async readOptimizerState(): Promise<Map<string, VariableState>> {
    const state = await this.#parameters.readSlots();
    return new Map(
      [...state].map(([name, slots]) => {
        const stepCount = this.#parameters.stepCounts.get(name) ?? 0;
        return [name, { stepCount, slots: slots.map(asFloat32) }];
      }),
    );
  }

  async writeOptimizerState(state: ReadonlyMap<string, VariableState>): Promise<void> {
    const { stepCounts } = this.#parameters;
    stepCounts.clear();
    for (const [name, { stepCount }] of state) stepCounts.set(name, stepCount);
    // Counts decide which variables one call may update together, so the layout is made anew.
    if (this.#phase) await this.enterPhase(this.#phase);
    const slots = new Map<string, readonly Numbers[]>([...state].map(([name, { slots }]) => [name, slots]));
    this.#parameters.writeSlots(slots);
  }

  stats(): StepStats {
    const { loaded, jsMs = 0 } = this.#lastStep ?? {};
    return {
      dispatches: loaded?.cost?.dispatches ?? loaded?.plan.calls.length ?? 0,
      jsMs,
      bytes: this.#backend.heldBytes() + this.#frozen.size().memoryBytes,
      tensors: this.#backend.heldBuffers(),
    };
  }

  planView(): PlanView | null {
    if (this.#lastStep === null) return null;
    const { loaded, startsAt } = this.#lastStep;
    return viewOfPlan(loaded, this.#parameters.layout, startsAt, this.#frozen.size(), this.#storage.view);
  }

  dispose(): void {
    this.#plans.drop();
    this.#frozen.clear();
    this.#parameters.memory.dispose();
    this.#backend.dispose();
  }

  /** Whether the present phase computes what is frozen once for pictures of this size, and keeps it. */
  keepsValuesOf({ pictureIds, shape }: PictureBatch): boolean {
    if (this.#phase === null || pictureIds === undefined) return false;
    return this.#frozen.boundary(this.#phase, this.#parameters.layout, shape) !== null;
  }

  async readyPrefix(key: string, shape: PictureShape): Promise<LoadedPlan> {
    const phase = this.#phase;
    if (phase === null) throw new RangeError('No phase was entered.');
    const { layout } = this.#parameters;
    return this.#ready(key, this.#writes, () => prefixPlan(this.graph, phase, layout, shape, this.#backend));
  }

  /** The kept values to start from; null: start from the pictures. Runs other plans: before `write`. */
  async #frozenStart(batch: PictureBatch): Promise<FrozenStart | null> {
    const phase = this.#phase;
    if (phase === null) return null;
    const { layout } = this.#parameters;
    const { pictureIds } = batch;
    const boundary = this.#frozen.boundary(phase, layout, batch.shape);
    if (boundary === null || pictureIds === undefined) return null;
    return this.#frozen.start(boundary, batch, pictureIds, (key, part) =>
      this.#prefixFrom.readyPrefix(key, part),
    );
  }

  async #forgetFrozenUnlessSame(values: WeightValues): Promise<void> {
    const names = [...this.#frozen.dependsOn()].filter((name) => values.has(name));
    for (const [name, present] of await this.#parameters.readWeights(names)) {
      const written = values.get(name)!;
      if (present.every((value, index) => value === written[index])) continue;
      this.#frozen.clear();
      return;
    }
  }

  /** The plan of a training step, in the storage that the phase's first batch allows. */
  async #readyToTrain(
    phase: ExecutablePhase,
    shape: PictureShape,
    inputs: TrainingInputs,
    scalars: (plan: StepPlan) => readonly number[],
  ): Promise<LoadedPlan> {
    const { layout, memory } = this.#parameters;
    const startsAt = inputs.start === null ? 'pictures' : 'frozenPrefix';
    const classWeights = inputs.classWeights === undefined ? 'none' : 'given';
    const request = { graph: this.graph, phase, layout, startsAt, classWeights } as const;
    const compile = (pictures: PictureShape, storage: ActivationStorage) =>
      compileTrainingPlan({ ...request, shape: pictures, storage }, this.#backend);
    const asked = phase.storage ?? 'float32';
    const storage = await this.#storage.formatFor(asked, memory, { shape, inputs, layout, compile, scalars });
    return this.#ready(`training ${shape} ${startsAt}`, this.#writes, () => compile(shape, storage));
  }

  #request(shape: PictureShape, startsAt: readonly string[]) {
    return { graph: this.graph, layout: this.#parameters.layout, shape, startsAt };
  }

  #fromPictures(
    images: Float32Array,
    shape: PictureShape,
    purpose: string,
    compile: (part: PictureShape) => StepPlan,
  ): Promise<Float32Array> {
    return runInParts(images, shape, (part) =>
      this.#ready(`${purpose} ${part}`, this.#changes, () => compile(part)),
    );
  }

  #ready(key: string, version: number, compile: () => StepPlan): Promise<LoadedPlan> {
    return this.#plans.get(key, version, this.#parameters.memory, compile);
  }
}
