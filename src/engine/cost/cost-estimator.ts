import { ThawError } from '../../core/errors';
import type { Network } from '../../core/graph/graph';
import { keptVariants } from '../../core/options/augmentation';
import type { ResolvedTrainConfig } from '../../core/options/resolved-config';
import type { PhasePlan } from '../../core/phase-plan';
import { planOfConfig } from '../../core/phases/plan-of-config';
import type { CostReport, MemoryCost, MemoryProposal } from '../../core/run/cost-report';
import { createExecutor, type Engine } from '../backends/create-executor';
import { cacheBudgetBytes, trainingMemoryBytes } from '../backends/device-memory';
import { isPlanBackend, kernelBackend } from '../backends/kernel-backends';
import type { KernelBackend } from '../step-plan/backend';
import { everythingTrained } from '../step-plan/phases-to-measure';
import { type Calibration, calibrate } from './calibrate';
import { combinationCosts, estimatePhases, keptPictures, type RunSize } from './cost-estimate';
import { type ChangedSize, megabytes, type PeakOf, proposeLess } from './memory-proposal';
import { executablePhase, type PhaseWork, phaseWork } from './phase-work';

const CHOICES = [
  [true, true],
  [true, false],
  [false, false],
  [false, true],
] as const;

export interface CostRequest {
  readonly network: Network;
  readonly config: ResolvedTrainConfig;
  readonly plan: PhasePlan;
  readonly trainCount: number;
  readonly validationCount: number;
  readonly picture: readonly [height: number, width: number, channels: number];
}

interface Measured {
  readonly calibration: Calibration;
  /** The executor that it was measured on. */
  readonly engine: string;
}

/**
 * Says what a config would cost, for one network on one engine: measures once, then only compiles plans.
 * A network is known by its layers, so that a new head's other initial values change nothing.
 */
export class CostEstimator {
  readonly #engine: Engine;
  readonly #kernels: KernelBackend;
  readonly #breathe: () => Promise<void>;
  #measured: Promise<Measured> | null = null;
  readonly #abandoned = new AbortController();
  readonly #works = new Map<string, PhaseWork>();

  private constructor(engine: Engine, kernels: KernelBackend, breathe: () => Promise<void>) {
    this.#engine = engine;
    this.#kernels = kernels;
    this.#breathe = breathe;
  }

  /**
   * @param breathe awaited while it measures, so that it can be abandoned
   * @returns null where the engine has no plans to estimate from
   */
  static async create(engine: Engine, breathe: () => Promise<void>): Promise<CostEstimator | null> {
    if (engine.executor !== 'plan' || !isPlanBackend(engine.backend)) return null;
    return new CostEstimator(engine, await kernelBackend(engine.backend), breathe);
  }

  get isMeasured(): boolean {
    return this.#measured !== null;
  }

  /** Ends a measurement that is under way: whoever waits for its estimate hears `busy-training`. */
  abandon(): void {
    const message = 'What a run costs was not measured to the end, since training began.';
    this.#abandoned.abort(new ThawError('busy-training', message));
  }

  /** @throws ThawError `busy-training` where it is abandoned, `out-of-memory` */
  async estimate(request: CostRequest): Promise<CostReport> {
    this.#measured ??= this.#measure(request);
    const { calibration, engine } = await this.#measured;
    const { config, plan, network } = request;
    const size = runSize(request);
    const phasesOf = (some: PhasePlan) =>
      estimatePhases(some, this.#worksOf(request, some, request), size, calibration);
    const phases = phasesOf(plan);
    const combinations =
      config.preset !== null
        ? []
        : combinationCosts(
            CHOICES.map(([trainBnFrozenPhase, trainBnUnfrozenPhase]) => {
              const choice = { trainBnFrozenPhase, trainBnUnfrozenPhase };
              const isChosen =
                trainBnFrozenPhase === config.trainBnFrozenPhase &&
                trainBnUnfrozenPhase === config.trainBnUnfrozenPhase;
              const other = planOfConfig(network.graph, { ...config, ...choice }).plan;
              return { ...choice, isChosen, phases: phasesOf(other) };
            }),
          );
    const seconds = phases.reduce((sum, phase) => sum + phase.seconds, 0);
    return { engine, phases, seconds, combinations, memory: this.#memory(request, size) };
  }

  async #measure({ network, picture, config }: CostRequest): Promise<Measured> {
    const { executor } = await createExecutor(this.#engine, network);
    try {
      const { signal } = this.#abandoned;
      const phase = everythingTrained(network.graph, config.optimizer);
      const calibration = await calibrate(executor, phase, picture, this.#kernels, this.#breathe, signal);
      return { calibration, engine: executor.description };
    } finally {
      executor.dispose();
    }
  }

  #worksOf(
    { network, config }: CostRequest,
    plan: PhasePlan,
    { picture, batchSize = config.batchSize }: ChangedSize,
  ): readonly PhaseWork[] {
    return plan.phases.map((_, index) => {
      const phase = executablePhase(network.graph, plan, index, config.optimizer);
      const trained = phase.trained.map(({ name }) => name).join();
      const modes = JSON.stringify([...phase.batchNorm]);
      const trainsFrom = keptVariants(config.augmentation, 1) === 0 ? 'pictures' : 'frozenPrefix';
      const numbers = [batchSize, picture, trainsFrom];
      const key = [trained, modes, JSON.stringify(config.optimizer), ...numbers].join('|');
      let work = this.#works.get(key);
      if (work === undefined) {
        work = phaseWork(network.graph, phase, { batchSize, picture, trainsFrom }, this.#kernels);
        this.#works.set(key, work);
      }
      return work;
    });
  }

  /**
   * What to change where an allocation has failed, whatever the machine was said to have.
   * @param request whose run it was
   */
  whatFits(request: CostRequest): MemoryProposal {
    const peakOf = this.#peakOf(request, runSize(request));
    const peakBytes = peakOf(request);
    const problem = `Training needs ${megabytes(peakBytes)} at once, which this machine did not give.`;
    const limitBytes = Math.min(trainingMemoryBytes(), 0.75 * peakBytes);
    return proposeLess(request, limitBytes, problem, peakOf);
  }

  #memory(request: CostRequest, size: RunSize): MemoryCost {
    const limitBytes = trainingMemoryBytes();
    const peakOf = this.#peakOf(request, size);
    const peakBytes = peakOf(request);
    const problem = `Training needs ${megabytes(peakBytes)} at once, and this machine allows a page some ${megabytes(limitBytes)}.`;
    const proposal = peakBytes <= limitBytes ? null : proposeLess(request, limitBytes, problem, peakOf);
    return { peakBytes, limitBytes, proposal };
  }

  #peakOf(request: CostRequest, size: RunSize): PeakOf {
    return (changed) =>
      Math.max(
        ...this.#worksOf(request, request.plan, changed).map(({ peakBytes, kept }) => {
          const pictures = keptPictures(size, size.epochs);
          const keptBytes = Math.min(size.cacheBudgetBytes, pictures * (kept?.bytesPerPicture ?? 0));
          return peakBytes + keptBytes;
        }),
      );
  }
}

function runSize({ config, trainCount, validationCount }: CostRequest): RunSize {
  const { epochs, batchSize, augmentation } = config;
  return {
    epochs,
    batchSize,
    augmentation,
    trainCount,
    validationCount,
    cacheBudgetBytes: cacheBudgetBytes(),
  };
}
