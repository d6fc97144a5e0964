import { ThawError, toFailure } from '../../core/errors';
import type { Network, WeightValues } from '../../core/graph/graph';
import { classWeightsOf } from '../../core/options/class-weights';
import { writtenOutConfig } from '../../core/options/options';
import type { ResolvedTrainConfig } from '../../core/options/resolved-config';
import type { Warning } from '../../core/options/train-config';
import type { PhasePlan } from '../../core/phase-plan';
import { backboneRate, headRate } from '../../core/phases/learning-rates';
import { rateLog } from '../../core/phases/rate-log';
import type { TrainingEvent } from '../../core/run/events';
import { validationResult } from '../../core/run/metrics';
import type { EpochRecord, RunRecord, ValidationResult } from '../../core/run/run-record';
import type { RunState } from '../../core/run/run-state';
import { checkRunState } from '../../core/run/run-state-check';
import type { Executor } from '../executor';
import { EpochBatches } from './epoch-batches';
import { logitsOf } from './evaluate';
import type { Pictures } from './pictures';
import { idlePrecision, refusedPrecision } from './precision-warnings';
import type { RunCommand } from './run-command';
import { RunProgress } from './run-progress';
import { trainSteps } from './train-steps';

export interface RunSetup {
  /** Holds the weights the run starts from; stays the caller's. */
  readonly executor: Executor;
  /** As loaded, with the head: what every change is measured against. */
  readonly loaded: Network;
  readonly config: ResolvedTrainConfig;
  readonly plan: PhasePlan;
  readonly warnings: readonly Warning[];
  readonly classNames: readonly string[];
  readonly train: Pictures;
  /** Null: nothing is validated, loss and accuracy are NaN. */
  readonly validation: Pictures | null;
  readonly resumeFrom?: RunState;
  /** Awaited between batches of a validation. */
  readonly breathe: () => Promise<void>;
  /** Called at the end of each epoch that ended well; `capture` reads the state to resume from. */
  readonly onEpochEnd?: (capture: () => Promise<RunState>) => Promise<void>;
}

/** A message to the other worker and back takes about as long, with nothing to wait for. */
const LEAST_WAIT_MS = 2;

/** @throws ThawError `batch-too-large`; `invalid-option` where class weights fit another number of classes */
export function checkFitsData(config: ResolvedTrainConfig, train: Pictures, classes: number): void {
  classWeightsOf(config.classWeights, train.labels, classes);
  if (config.batchSize <= train.count) return;
  throw new ThawError(
    'batch-too-large',
    `A batch of ${config.batchSize} pictures is larger than the training set of ${train.count}. Choose a batch size of at most ${train.count}.`,
  );
}

/**
 * The training loop: tells what happens event by event, does nothing between two calls of `next`, and ends
 * with the run record. A failure is told as `failed` and then thrown; the executor is left with the weights
 * of the last epoch that ended well.
 */
export async function* runTraining(
  setup: RunSetup,
): AsyncGenerator<TrainingEvent, RunRecord, RunCommand | undefined> {
  checkFitsData(setup.config, setup.train, setup.classNames.length);
  const run = new Run(setup);
  try {
    return yield* run.events();
  } catch (error) {
    // A device that is gone cannot be written to; the failure that counts is the first one.
    await run.restore().catch(() => undefined);
    yield { type: 'failed', failure: toFailure(error) };
    throw error;
  }
}

class Run {
  readonly #setup: RunSetup;
  readonly #progress: RunProgress;
  readonly #batches: EpochBatches;
  readonly #epochs: EpochRecord[];
  readonly #losses: number[];
  readonly #classWeights: readonly number[] | null;
  readonly #warnings: Warning[];
  #lastGood: WeightValues;
  /** Validation of the present weights after so many steps: not done again where no step came since. */
  #validated: { readonly steps: number; readonly result: ValidationResult } | null = null;

  constructor(setup: RunSetup) {
    const { resumeFrom = null, plan, config, loaded } = setup;
    if (resumeFrom !== null) {
      checkRunState(resumeFrom, { graph: loaded.graph, plan, config, trainCount: setup.train.count });
    }
    this.#setup = setup;
    const idle = idlePrecision(config.precision, setup.executor);
    this.#warnings = [...setup.warnings, ...(idle === null ? [] : [idle])];
    this.#classWeights = classWeightsOf(config.classWeights, setup.train.labels, setup.classNames.length);
    this.#batches = new EpochBatches(setup.train, config);
    this.#progress = new RunProgress(plan, config, loaded, resumeFrom);
    this.#epochs = [...(resumeFrom?.epochs ?? [])];
    this.#losses = [...(resumeFrom?.losses ?? [])];
    this.#lastGood = resumeFrom?.weights ?? loaded.weights;
  }

  restore(): Promise<void> {
    return this.#setup.executor.writeWeights(this.#lastGood);
  }

  async *events(): AsyncGenerator<TrainingEvent, RunRecord, RunCommand | undefined> {
    const { executor, config, train, resumeFrom } = this.#setup;
    const progress = this.#progress;
    await executor.writeOptimizerState(resumeFrom?.optimizer ?? new Map());
    if (resumeFrom !== undefined) await executor.writeWeights(resumeFrom.weights);

    let outcome: RunRecord['outcome'] = 'completed';
    let enteredPhase = -1;
    const epochsLeft = () => progress.clock.epoch < config.epochs;
    if (epochsLeft()) progress.enterEpoch();
    yield {
      type: 'started',
      epochs: config.epochs,
      stepsPerEpoch: Math.ceil(train.count / config.batchSize),
      boundaryEpoch: progress.boundaryEpoch,
      backend: executor.description,
      layers: progress.layers(),
      ...(resumeFrom !== undefined && {
        earlier: { epochs: resumeFrom.epochs, losses: resumeFrom.losses },
      }),
    };
    for (const warning of this.#warnings) yield { type: 'warning', warning };
    while (epochsLeft()) {
      if (progress.clock.phaseIndex !== enteredPhase) {
        const classWeights = this.#classWeights;
        await executor.enterPhase({
          ...progress.executablePhase(),
          ...(classWeights !== null && { classWeights }),
          storage: config.precision === '16-mixed' ? 'half' : 'float32',
        });
        enteredPhase = progress.clock.phaseIndex;
      }
      if ((yield* this.#epoch()) === 'stop') {
        outcome = 'stopped';
        break;
      }
      if (epochsLeft()) progress.enterEpoch();
    }
    return yield* this.#finish(outcome);
  }

  async *#epoch(): AsyncGenerator<TrainingEvent, 'continue' | 'stop', RunCommand | undefined> {
    const { executor, config, train } = this.#setup;
    const progress = this.#progress;
    const { epoch } = progress.clock;
    const startMs = performance.now();
    const rates = { headLr: headRate(progress.rates), backboneLr: backboneRate(progress.rates) };
    const phase = { phase: progress.phaseKind, phaseName: progress.phaseName };
    const groupLrs = progress.rates.rates;
    const told = yield { type: 'epochStarted', epoch, ...phase, ...rates, layers: progress.layers() };
    if (told === 'stop') return 'stop';
    const log = config.verbose ? rateLog(progress.rates, config.rounding) : null;
    if (log !== null) yield { type: 'log', message: log };

    let lossSum = 0;
    let correct = 0;
    const batches = this.#batches.of(epoch, this.#losses.length, executor);
    const steps = trainSteps(executor, batches, progress.rates.rates);
    try {
      let next = await steps.next();
      while (!next.done) {
        const { loss, correct: right, count, stepMs, waitMs, inFlight } = next.value;
        if (!Number.isFinite(loss)) throw lossNotFinite(epoch, loss);
        const step = this.#losses.length;
        this.#losses.push(loss);
        lossSum += loss * count;
        correct += right;
        const command = yield {
          type: 'step',
          step,
          epoch,
          loss,
          accuracy: right / count,
          stepMs,
          ...(waitMs >= LEAST_WAIT_MS && { waitMs }),
          ...(inFlight > 0 && { inFlight }),
        };
        next = await steps.next(command);
      }
      if (next.value === 'stop') return 'stop';
    } finally {
      // Also after a failure: what is in flight is over before the executor is written to.
      await steps.return('stop');
    }

    const refusal = refusedPrecision(config.precision, executor);
    if (refusal !== null && !this.#warnings.some(({ message }) => message === refusal.message)) {
      this.#warnings.push(refusal);
      yield { type: 'warning', warning: refusal };
    }
    this.#batches.begin(epoch + 1, this.#losses.length, executor);
    await this.#measure(epoch);
    const validation = await this.#validate();
    const record: EpochRecord = {
      epoch,
      ...phase,
      ...rates,
      groupLrs,
      trainLoss: lossSum / train.count,
      trainAccuracy: correct / train.count,
      valLoss: validation.loss,
      valAccuracy: validation.accuracy,
      ms: performance.now() - startMs,
    };
    this.#epochs.push(record);
    const layers = progress.layers();
    progress.endEpoch(record.valLoss);
    await this.#setup.onEpochEnd?.(() => this.#capture());
    return (yield { type: 'epochEnded', record, layers }) === 'stop' ? 'stop' : 'continue';
  }

  async *#finish(
    outcome: RunRecord['outcome'],
  ): AsyncGenerator<TrainingEvent, RunRecord, RunCommand | undefined> {
    this.#batches.cancel();
    const isMeasured = this.#validated?.steps === this.#losses.length;
    if (!isMeasured) await this.#measure(this.#progress.clock.epoch);
    const record: RunRecord = {
      config: writtenOutConfig(this.#setup.config),
      warnings: this.#warnings,
      epochs: this.#epochs,
      steps: this.#losses.map((loss) => ({ loss })),
      layers: this.#progress.layers(),
      outcome,
    };
    yield { type: 'finished', record, validation: await this.#validate() };
    return record;
  }

  /** Reads the weights: the truth of the layer table, and what a later failure goes back to. */
  async #measure(epoch: number): Promise<void> {
    const weights = await this.#setup.executor.readWeights();
    for (const values of weights.values()) {
      if (!allFinite(values)) throw lossNotFinite(epoch, Number.NaN);
    }
    this.#progress.measure(weights);
    this.#lastGood = weights;
  }

  async #validate(): Promise<ValidationResult> {
    const { executor, validation, classNames, breathe } = this.#setup;
    const steps = this.#losses.length;
    if (this.#validated?.steps === steps) return this.#validated.result;
    const logits = validation === null ? [] : await logitsOf(executor, validation, breathe);
    const result = validationResult(logits, validation?.labels ?? [], classNames);
    this.#validated = { steps, result };
    return result;
  }

  async #capture(): Promise<RunState> {
    return {
      version: 1,
      config: writtenOutConfig(this.#setup.config),
      clock: this.#progress.clock,
      rates: this.#progress.rates,
      trainCount: this.#setup.train.count,
      step: this.#losses.length,
      losses: [...this.#losses],
      epochs: [...this.#epochs],
      weights: this.#lastGood,
      optimizer: await this.#setup.executor.readOptimizerState(),
    };
  }
}

/** Millions of values after each epoch: a plain loop takes a tenth of `every`'s time. */
function allFinite(values: Float32Array): boolean {
  for (let i = 0; i < values.length; i += 1) {
    // Infinity − Infinity and NaN − NaN are NaN.
    if (values[i]! - values[i]! !== 0) return false;
  }
  return true;
}

function lossNotFinite(epoch: number, loss: number): ThawError {
  const what = Number.isNaN(loss) ? 'is no number any more' : 'has grown beyond all numbers';
  return new ThawError(
    'loss-not-finite',
    `Training stopped in epoch ${epoch}: the loss ${what}. The weights are those of the last epoch that ended well. Try a smaller learning rate.`,
  );
}
