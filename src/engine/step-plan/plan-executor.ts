import type { StepStats } from '../../core/api';
import type { LayerGraph, Network, WeightValues } from '../../core/graph';
import type { Batch, ExecutablePhase, Executor, StepOutcome, VariableState } from '../executor';
import type { KernelBackend, LoadedPlan, Numbers } from './backend';
import { compileEvaluationPlan, compileFeaturesPlan } from './compile-evaluation';
import { compileTrainingPlan } from './compile-training';
import { ParameterStore } from './parameter-store';
import type { PlanPort, StepPlan } from './plan';
import { stepScalars } from './step-scalars';

/** Pictures that are evaluated at once: more would only cost memory. */
const EVALUATION_BATCH = 32;

type PictureShape = Batch['shape'];

/** A loaded plan, and of which weights its prepared ones were made. */
interface ReadyPlan {
  readonly loaded: LoadedPlan;
  preparedOf: number;
}

/** Makes an executor over any kernel backend, which is then the executor's to dispose of. */
export async function createPlanExecutor(network: Network, backend: KernelBackend): Promise<PlanExecutor> {
  const parameters = await ParameterStore.create(backend, network.graph);
  const executor = new PlanExecutor(network.graph, backend, parameters);
  await executor.writeWeights(network.weights);
  return executor;
}

/** The Executor that compiles step plans and runs them; plans are kept by what they are for and their batch's shape. */
export class PlanExecutor implements Executor {
  readonly graph: LayerGraph;
  readonly #backend: KernelBackend;
  readonly #parameters: ParameterStore;
  readonly #plans = new Map<string, ReadyPlan>();
  #phase: ExecutablePhase | null = null;
  /** Counts writes from outside; prepared frozen weights are stale after one. */
  #writes = 0;
  /** Counts writes and steps; prepared weights of an evaluation plan are stale after either. */
  #changes = 0;
  #lastStep: { readonly plan: StepPlan; readonly jsMs: number } | null = null;

  constructor(graph: LayerGraph, backend: KernelBackend, parameters: ParameterStore) {
    this.graph = graph;
    this.#backend = backend;
    this.#parameters = parameters;
  }

  get backend() {
    return this.#backend.name;
  }

  get description(): string {
    return `Step plan on ${this.#backend.description}`;
  }

  /** The plan of the last training step, for the page. */
  get lastPlan(): StepPlan | null {
    return this.#lastStep?.plan ?? null;
  }

  async enterPhase(phase: ExecutablePhase): Promise<void> {
    this.#dropPlans();
    await this.#parameters.layOutFor(phase);
    this.#phase = phase;
  }

  async trainStep(batch: Batch, learningRates: readonly number[]): Promise<StepOutcome> {
    const phase = this.#phase;
    if (!phase) throw new RangeError('No phase was entered.');
    const { layout, stepCounts } = this.#parameters;
    const { loaded } = await this.#ready(`training ${batch.shape}`, this.#writes, () =>
      compileTrainingPlan(
        { graph: this.graph, phase, layout, shape: batch.shape, startsAt: 'pictures', classWeights: 'none' },
        this.#backend,
      ),
    );
    const { plan } = loaded;
    const startMs = performance.now();
    loaded.write(port(plan.inputs, 'value').buffer, batch.images);
    loaded.write(port(plan.inputs, 'labels').buffer, batch.labels);
    const { dropoutSeed = 0 } = batch;
    const numbers = { optimizer: phase.optimizer, layout, stepCounts, learningRates, dropoutSeed };
    const running = loaded.run(stepScalars(plan, numbers));
    const jsMs = performance.now() - startMs;
    await running;
    const [loss, correct] = await loaded.read(port(plan.outputs, 'outcome').buffer);
    for (const { name } of phase.trained) stepCounts.set(name, (stepCounts.get(name) ?? 0) + 1);
    this.#changes += 1;
    this.#lastStep = { plan, jsMs };
    return { loss: loss!, correct: correct! };
  }

  async predict(images: Float32Array, shape: PictureShape): Promise<Float32Array> {
    return this.#evaluate(images, shape, 'logits', (part) =>
      compileEvaluationPlan(this.#request(part), this.#backend),
    );
  }

  async features(images: Float32Array, shape: PictureShape, layerName: string): Promise<Float32Array> {
    return this.#evaluate(images, shape, `features ${layerName}`, (part) =>
      compileFeaturesPlan(this.#request(part), layerName, this.#backend),
    );
  }

  async readWeights(names?: readonly string[]): Promise<Map<string, Float32Array>> {
    const all = names ?? [...this.#parameters.layout.variables.keys()];
    const values = await this.#parameters.readWeights(all);
    return new Map([...values].map(([name, numbers]) => [name, Float32Array.from(numbers)]));
  }

  async writeWeights(values: WeightValues): Promise<void> {
    this.#parameters.writeWeights(values);
    this.#writes += 1;
    this.#changes += 1;
  }

  async readOptimizerState(): Promise<Map<string, VariableState>> {
    const state = await this.#parameters.readSlots();
    return new Map(
      [...state].map(([name, slots]) => {
        const stepCount = this.#parameters.stepCounts.get(name) ?? 0;
        return [name, { stepCount, slots: slots.map((slot) => Float32Array.from(slot)) }];
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
    return {
      dispatches: this.#lastStep?.plan.calls.length ?? 0,
      jsMs: this.#lastStep?.jsMs ?? 0,
      bytes: this.#backend.heldBytes(),
      tensors: this.#backend.heldBuffers(),
    };
  }

  dispose(): void {
    this.#dropPlans();
    this.#parameters.memory.dispose();
    this.#backend.dispose();
  }

  #request(shape: PictureShape) {
    return { graph: this.graph, layout: this.#parameters.layout, shape, startsAt: [] };
  }

  /** Runs pictures through in parts of at most EVALUATION_BATCH. */
  async #evaluate(
    images: Float32Array,
    shape: PictureShape,
    purpose: string,
    compile: (part: PictureShape) => StepPlan,
  ): Promise<Float32Array> {
    const [count, height, width, channels] = shape;
    const picture = height * width * channels;
    const parts: Numbers[] = [];
    for (let first = 0; first < count; first += EVALUATION_BATCH) {
      const part = [Math.min(EVALUATION_BATCH, count - first), height, width, channels] as const;
      const { loaded } = await this.#ready(`${purpose} ${part}`, this.#changes, () => compile(part));
      const pictures = images.subarray(first * picture, (first + part[0]) * picture);
      for (const input of loaded.plan.inputs) loaded.write(input.buffer, pictures);
      await loaded.run([]);
      parts.push(await loaded.read(loaded.plan.outputs[0]!.buffer));
    }
    const result = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
    let offset = 0;
    for (const part of parts) {
      result.set(part, offset);
      offset += part.length;
    }
    return result;
  }

  /** @param version of the weights that the plan's prepared ones must be made of */
  async #ready(key: string, version: number, compile: () => StepPlan): Promise<ReadyPlan> {
    let ready = this.#plans.get(key);
    if (!ready) {
      ready = { loaded: await this.#backend.load(compile(), this.#parameters.memory), preparedOf: -1 };
      this.#plans.set(key, ready);
    }
    if (ready.preparedOf !== version && ready.loaded.plan.prepare.length > 0) await ready.loaded.prepare();
    ready.preparedOf = version;
    return ready;
  }

  #dropPlans(): void {
    for (const { loaded } of this.#plans.values()) loaded.dispose();
    this.#plans.clear();
  }
}

function port(ports: readonly PlanPort[], role: PlanPort['role']): PlanPort {
  const found = ports.find((candidate) => candidate.role === role);
  if (!found) throw new RangeError(`The plan has no ${role}.`);
  return found;
}
