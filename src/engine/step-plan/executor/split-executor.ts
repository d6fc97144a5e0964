import type { StepStats } from '../../../core/api';
import type { LayerGraph, WeightValues } from '../../../core/graph/graph';
import type { PlanView } from '../../../core/run/plan-view';
import type { VariableState } from '../../../core/run/run-state';
import type {
  Batch,
  ExecutablePhase,
  Executor,
  PictureBatch,
  StartedStep,
  StepOutcome,
  TrainingBatch,
} from '../../executor';
import type { PlanExecutor } from './plan-executor';

/**
 * Two executors as one: networks run on `whole`; a phase that trains the head alone, on values that are kept
 * of each picture, takes its steps on `short`, whose missing values `whole` computes. A step on kept values is
 * some microseconds of arithmetic, less than it takes to tell a graphics processor of it.
 */
export class SplitExecutor implements Executor {
  readonly kind = 'plan';
  readonly graph: LayerGraph;
  readonly #whole: PlanExecutor;
  readonly #short: PlanExecutor;
  /** Holds the present weights of what trains; what is frozen is the same in both. */
  #active: PlanExecutor;
  #phase: ExecutablePhase | null = null;
  /** Whose steps the present phase takes is known with its first pictures, whose size decides what is kept. */
  #isSettled = false;

  /** @param short computes what it keeps with `whole`: see the option `prefixFrom` of `createPlanExecutor` */
  constructor(whole: PlanExecutor, short: PlanExecutor) {
    this.graph = whole.graph;
    this.#whole = whole;
    this.#short = short;
    this.#active = whole;
  }

  get backend() {
    return this.#whole.backend;
  }

  get description(): string {
    return `${this.#whole.description}; steps on kept features: ${this.#short.description}`;
  }

  async enterPhase(phase: ExecutablePhase): Promise<void> {
    await this.#moveTo(this.#whole);
    await this.#whole.enterPhase(phase);
    this.#phase = phase;
    this.#isSettled = false;
  }

  async startStep(batch: TrainingBatch, learningRates: readonly number[]): Promise<StartedStep> {
    await this.#settle(batch);
    return this.#active.startStep(batch, learningRates);
  }

  async trainStep(batch: TrainingBatch, learningRates: readonly number[]): Promise<StepOutcome> {
    return (await this.startStep(batch, learningRates)).outcome;
  }

  async evaluate(pictures: PictureBatch): Promise<Float32Array> {
    await this.#settle(pictures);
    return this.#active.evaluate(pictures);
  }

  unknownPictures(pictures: Omit<PictureBatch, 'images'>): readonly number[] {
    return this.#active.unknownPictures(pictures);
  }

  async predict(images: Float32Array, shape: Batch['shape']): Promise<Float32Array> {
    return this.#active.predict(images, shape);
  }

  async features(images: Float32Array, shape: Batch['shape'], layerName: string): Promise<Float32Array> {
    return this.#active.features(images, shape, layerName);
  }

  async readWeights(names?: readonly string[]): Promise<Map<string, Float32Array>> {
    return this.#active.readWeights(names);
  }

  async writeWeights(values: WeightValues): Promise<void> {
    await this.#whole.writeWeights(values);
    await this.#short.writeWeights(values);
  }

  async readOptimizerState(): Promise<Map<string, VariableState>> {
    return this.#active.readOptimizerState();
  }

  async writeOptimizerState(state: ReadonlyMap<string, VariableState>): Promise<void> {
    await this.#active.writeOptimizerState(state);
  }

  stats(): StepStats {
    const others = (this.#active === this.#whole ? this.#short : this.#whole).stats();
    const { bytes, tensors, ...step } = this.#active.stats();
    return { ...step, bytes: bytes + others.bytes, tensors: tensors + others.tensors };
  }

  planView(): PlanView | null {
    return this.#active.planView();
  }

  dispose(): void {
    this.#whole.dispose();
    this.#short.dispose();
  }

  async #settle(pictures: PictureBatch): Promise<void> {
    const phase = this.#phase;
    if (phase === null || this.#isSettled) return;
    this.#isSettled = true;
    if (!trainsHeadAlone(this.graph, phase) || !this.#whole.keepsValuesOf(pictures)) return;
    await this.#moveTo(this.#short);
    await this.#short.enterPhase(phase);
  }

  async #moveTo(next: PlanExecutor): Promise<void> {
    if (this.#active === next) return;
    await next.writeWeights(await this.#active.readWeights());
    await next.writeOptimizerState(await this.#active.readOptimizerState());
    this.#active = next;
  }
}

function trainsHeadAlone({ layers }: LayerGraph, { trained, batchNorm }: ExecutablePhase): boolean {
  const moving = new Set(trained.map(({ name }) => name));
  return layers.every(({ part, name, weights }) => {
    if (part === 'head') return true;
    const mode = batchNorm.get(name);
    const isAtRest = mode === undefined || (mode.normaliser === 'running' && mode.statistics === 'held');
    return isAtRest && !weights.some((weight) => moving.has(weight.name));
  });
}
