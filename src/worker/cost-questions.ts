import { ThawError } from '../core/errors';
import type { CostReport } from '../core/run/cost-report';
import type { ChosenBackend } from '../engine/backends/chosen-backend';
import { CostEstimator, type CostRequest } from '../engine/cost/cost-estimator';

/** What runs would cost on the present engine: measured when it is first asked, and never beside a run. */
export class CostQuestions {
  readonly #breathe: () => Promise<void>;
  #estimator: Promise<CostEstimator | null> | null = null;
  /** Set while it measures, which it then does no further. */
  #endMeasuring: (() => void) | null = null;

  /** @param breathe awaited between the runs of a measurement, for a run that is to begin */
  constructor(breathe: () => Promise<void>) {
    this.#breathe = breathe;
  }

  /**
   * @param mayMeasure measuring takes a part of a second, in which nothing else is done
   * @returns null where there are no step plans to estimate from
   * @throws ThawError `busy-training` where it would have to be measured and may not, or a run begins meanwhile
   */
  async answer(
    machine: ChosenBackend,
    request: CostRequest,
    mayMeasure: () => boolean,
  ): Promise<CostReport | null> {
    const asked = this.#ask(machine);
    const estimator = await asked;
    if (estimator === null) return null;
    if (estimator.isMeasured) return estimator.estimate(request);
    if (!mayMeasure()) {
      throw new ThawError(
        'busy-training',
        'What a run costs cannot be measured while training runs. Stop it first.',
      );
    }
    this.#endMeasuring = () => estimator.abandon();
    try {
      return await estimator.estimate(request);
    } catch (error) {
      this.#drop(asked);
      throw error;
    } finally {
      this.#endMeasuring = null;
    }
  }

  /** @returns the failure of an allocation with what to change; any other failure as it is */
  async explain(machine: ChosenBackend, request: CostRequest, error: unknown): Promise<unknown> {
    if (!(error instanceof ThawError) || error.code !== 'out-of-memory') return error;
    const estimator = await this.#ask(machine).catch(() => null);
    if (estimator === null) return error;
    return new ThawError('out-of-memory', estimator.whatFits(request).message, { cause: error });
  }

  /** A run has the machine to itself. */
  endMeasuring(): void {
    this.#endMeasuring?.();
  }

  #ask(machine: ChosenBackend): Promise<CostEstimator | null> {
    if (this.#estimator !== null) return this.#estimator;
    const asked = CostEstimator.create(machine, this.#breathe);
    this.#estimator = asked;
    asked.catch(() => this.#drop(asked));
    return asked;
  }

  /** After a failure: the next who asks begins anew. */
  #drop(failed: Promise<CostEstimator | null>): void {
    if (this.#estimator === failed) this.#estimator = null;
  }

  /** Another network or another engine: what was measured says nothing of it. */
  forget(): void {
    this.endMeasuring();
    this.#estimator = null;
  }
}
