import type { CostReport } from '../core/cost-report';
import { ThawError } from '../core/errors';
import type { Network } from '../core/graph';
import type { Warning } from '../core/train-config';
import type { ChosenBackend } from '../engine/chosen-backend';
import { CostEstimator, type CostRequest } from '../engine/cost-estimator';
import { createExecutor } from '../engine/create-executor';
import type { Executor } from '../engine/executor';
import { oneAtATime } from '../engine/one-at-a-time';

/** The engine that was chosen, the executor that holds the present weights, and what a run would cost there. */
export class ExecutorHolder {
  #machine: ChosenBackend | null = null;
  #executor: Executor | null = null;
  #layers = '';
  #variants = '';
  #warnings: readonly Warning[] = [];
  #estimator: Promise<CostEstimator | null> | null = null;

  start(machine: ChosenBackend): void {
    this.#machine = machine;
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
    this.#executor?.dispose();
    this.#executor = null;
    this.#estimator = null;
    const made = await createExecutor(this.machine, network);
    this.#executor = oneAtATime(made.executor);
    this.#warnings = made.warnings;
    this.#layers = JSON.stringify(network.graph);
    this.#variants = '';
    return this.#executor;
  }

  /**
   * The present executor with a network's weights, if its layers are the same: so that what it keeps of frozen
   * pictures serves the next run too. Else a new one.
   * @param variants which edits of pictures it keeps values of: those of another run would only take room
   */
  async reuse(network: Network, variants = ''): Promise<Executor> {
    const isSame = this.#layers === JSON.stringify(network.graph) && this.#variants === variants;
    if (this.#executor === null || !isSame) {
      const executor = await this.replace(network);
      this.#variants = variants;
      return executor;
    }
    await this.#executor.writeWeights(network.weights);
    return this.#executor;
  }

  /**
   * @param mayMeasure measuring takes a part of a second, in which nothing else is done
   * @throws ThawError `busy-training` where it would have to be measured and may not
   */
  async estimate(request: CostRequest, mayMeasure: boolean): Promise<CostReport | null> {
    this.#estimator ??= CostEstimator.create(this.machine);
    const estimator = await this.#estimator;
    if (estimator === null || this.#executor?.kind === 'tfjs') return null;
    if (!estimator.isMeasured && !mayMeasure) {
      throw new ThawError(
        'busy-training',
        'What a run costs cannot be measured while training runs. Stop it first.',
      );
    }
    return estimator.estimate(request);
  }
}
