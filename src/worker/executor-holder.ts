import { isDeviceLost, ThawError } from '../core/errors';
import type { Network, WeightValues } from '../core/graph/graph';
import type { Warning } from '../core/options/train-config';
import type { CostReport } from '../core/run/cost-report';
import type { Preparation } from '../core/run/events';
import { BACKEND_TITLES, type ChosenBackend } from '../engine/backends/chosen-backend';
import { createExecutor } from '../engine/backends/create-executor';
import { describeBackend } from '../engine/backends/describe-backend';
import type { CostRequest } from '../engine/cost/cost-estimator';
import type { Executor } from '../engine/executor';
import { oneAtATime } from '../engine/one-at-a-time';
import { CostQuestions } from './cost-questions';
import { rememberWeights } from './remember-weights';

/** The engine that was chosen, the executor that holds the present weights, and what a run would cost there. */
export class ExecutorHolder {
  #machine: ChosenBackend | null = null;
  #mayFallBack = false;
  #executor: Executor | null = null;
  /** While a new one is made. */
  #making: Promise<Executor> | null = null;
  /** What the executor runs, with the weights as they were read or written last: they outlive its device. */
  #network: Network | null = null;
  #layers = '';
  #variants = '';
  #warnings: readonly Warning[] = [];
  readonly #costs: CostQuestions;
  readonly #onPreparing: (preparation: Preparation) => void;

  /**
   * @param breathe awaited between the runs of a measurement, for a run that is to begin
   * @param onPreparing hears what has to be compiled and measured before a step
   */
  constructor(breathe: () => Promise<void>, onPreparing: (preparation: Preparation) => void = () => {}) {
    this.#costs = new CostQuestions(breathe);
    this.#onPreparing = onPreparing;
  }

  /** @param choice `forced`: the user asked for this backend, so that another one is not taken in its place */
  start(machine: ChosenBackend, choice: 'forced' | 'free' = 'free'): void {
    this.#machine = machine;
    this.#mayFallBack = choice === 'free';
  }

  get machine(): ChosenBackend {
    if (this.#machine === null) throw new ThawError('internal', 'The worker has not been started.');
    return this.#machine;
  }

  get executor(): Executor | null {
    return this.#executor;
  }

  /** Of the present network: that another executor runs it. */
  get warnings(): readonly Warning[] {
    return this.#warnings;
  }

  /** A new executor, for another network or other pictures. The old one goes first, so that two networks are never held at once. */
  async replace(network: Network): Promise<Executor> {
    // Of two that are made at once, one would never be disposed of.
    while (this.#making !== null) await this.#making.catch(() => undefined);
    this.#clear();
    return this.#make(network);
  }

  /**
   * The present executor with a network's weights, if its layers are the same: so that what it keeps of frozen
   * pictures serves the next run too. Else, and where its device was lost, a new one. A run has the machine to
   * itself: measuring ends here.
   * @param variants which edits of pictures it keeps values of: those of another run would only take room
   */
  async reuse(network: Network, variants = ''): Promise<Executor> {
    this.#costs.endMeasuring();
    // Whoever tries a picture may be making a new one just now.
    while (this.#making !== null) await this.#making.catch(() => undefined);
    const executor = this.#executor;
    const isSame = this.#layers === JSON.stringify(network.graph) && this.#variants === variants;
    if (executor === null || !isSame) return this.#replaceFor(network, variants);
    const [name] = network.weights.keys();
    try {
      await executor.writeWeights(network.weights);
      // Writing to a device that is gone tells nothing.
      if (name !== undefined) await executor.readWeights([name]);
      return executor;
    } catch (error) {
      if (!isDeviceLost(error)) throw error;
      return this.#replaceFor(network, variants);
    }
  }

  /**
   * Does what needs the present weights and leaves them as they are. Where the device was lost, does it on a new
   * one, with the weights as they were read last: at the end of the last epoch.
   * @throws ThawError `no-backbone`, and what `work` throws
   */
  async use<Result>(work: (executor: Executor) => Promise<Result>): Promise<Result> {
    const executor = await this.#present();
    try {
      return await work(executor);
    } catch (error) {
      if (!isDeviceLost(error)) throw error;
      this.#giveUp(executor);
      return work(await this.#present());
    }
  }

  /** Changes over to the processor for good. @returns its name; null where another backend was asked for */
  async fallBack(): Promise<string | null> {
    if (!this.#mayFallBack || this.machine.backend !== 'webgpu') return null;
    const { adapter, acceleration } = await describeBackend('wasm');
    const { headBackend: _, ...machine } = this.machine;
    this.#machine = { ...machine, backend: 'wasm', executor: 'plan', adapter, acceleration };
    while (this.#making !== null) await this.#making.catch(() => undefined);
    this.#clear();
    return BACKEND_TITLES.wasm;
  }

  /** What a config would cost: see `CostQuestions`. Null, too, where TensorFlow.js runs the network. */
  async estimate(request: CostRequest, mayMeasure: () => boolean): Promise<CostReport | null> {
    if (this.#executor?.kind === 'tfjs') return null;
    return this.#costs.answer(this.machine, request, mayMeasure);
  }

  /** A failure of a run, for its user: see `CostQuestions`. */
  async explain(request: CostRequest, error: unknown): Promise<unknown> {
    return this.#executor?.kind === 'tfjs' ? error : this.#costs.explain(this.machine, request, error);
  }

  async #replaceFor(network: Network, variants: string): Promise<Executor> {
    const executor = await this.replace(network);
    this.#variants = variants;
    return executor;
  }

  #make(network: Network): Promise<Executor> {
    this.#network = network;
    this.#making = this.#create(network).finally(() => {
      this.#making = null;
    });
    return this.#making;
  }

  async #create(network: Network): Promise<Executor> {
    await refuseWithoutGraphics(this.machine);
    const made = await createExecutor(this.machine, network, this.#onPreparing);
    this.#executor = rememberWeights(oneAtATime(made.executor), (weights) => this.#note(weights));
    this.#warnings = made.warnings;
    this.#layers = JSON.stringify(network.graph);
    this.#variants = '';
    return this.#executor;
  }

  /** Whoever asks first has it made; the others wait for the same. */
  async #present(): Promise<Executor> {
    if (this.#making !== null) return this.#making;
    if (this.#executor !== null) return this.#executor;
    if (this.#network !== null) return this.#make(this.#network);
    throw new ThawError('no-backbone', 'There is no backbone yet. Load one first.');
  }

  /** Another may have found the loss before, so that there is a new one already. */
  #giveUp(lost: Executor): void {
    if (this.#executor !== lost) return;
    this.#executor = null;
    lost.dispose();
  }

  #note(weights: WeightValues): void {
    if (this.#network === null) return;
    const { graph, weights: before } = this.#network;
    this.#network = { graph, weights: new Map([...before, ...weights]) };
  }

  #clear(): void {
    this.#executor?.dispose();
    this.#executor = null;
    this.#costs.forget();
  }
}

/** Browsers put a software adapter, or none, in the place of a graphics processor that failed too often. */
async function refuseWithoutGraphics({ backend, acceleration }: ChosenBackend): Promise<void> {
  if (backend !== 'webgpu') return;
  const present = await describeBackend(backend).catch(() => null);
  if (present?.acceleration === acceleration) return;
  throw new ThawError(
    'device-lost',
    'The graphics processor is not to be had any more. Reload the page to go on with what this machine has now.',
  );
}
