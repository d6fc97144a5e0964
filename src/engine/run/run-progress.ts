import type { Network, WeightValues } from '../../core/graph/graph';
import type { ResolvedTrainConfig } from '../../core/options/resolved-config';
import type { PhaseKind, PhasePlan } from '../../core/phase-plan';
import type { LayerStatus } from '../../core/phases/layer-status';
import { phaseView, withMeasuredChange } from '../../core/phases/layer-table';
import { endEpoch, enterEpoch, type RateState, startRates } from '../../core/phases/learning-rates';
import { type LayerChange, measureChange } from '../../core/phases/measure-change';
import { advanceClock, type ClockState, startClock } from '../../core/phases/phase-clock';
import { type VariableGroup, variableGroups } from '../../core/phases/variable-groups';
import type { RunState } from '../../core/run/run-state';
import type { ExecutablePhase } from '../executor';

interface ShownEpoch {
  readonly phaseIndex: number;
  readonly rates: readonly number[];
}

/** Where a run stands: plan position, rates, and what has been measured. Knows nothing of an executor. */
export class RunProgress {
  readonly #plan: PhasePlan;
  readonly #config: ResolvedTrainConfig;
  /** As loaded: what every change is measured against. */
  readonly #loaded: Network;
  readonly #groups: readonly VariableGroup[];
  #clock: ClockState;
  #rates: RateState;
  /** The phase and rates of the epoch that was entered last: what the table shows, also after its end. */
  #shown: ShownEpoch;
  /** Empty before anything was measured. */
  #changes: ReadonlyMap<string, LayerChange> = new Map();

  constructor(plan: PhasePlan, config: ResolvedTrainConfig, loaded: Network, resumeFrom: RunState | null) {
    this.#plan = plan;
    this.#config = config;
    this.#loaded = loaded;
    this.#groups = variableGroups(loaded.graph, plan);
    this.#clock = resumeFrom?.clock ?? startClock(plan);
    this.#rates = resumeFrom?.rates ?? startRates(config.learningRate);
    this.#shown = lastEpochOf(resumeFrom, plan) ?? {
      phaseIndex: this.#clock.phaseIndex,
      rates: this.#rates.rates,
    };
    if (resumeFrom !== null) this.measure(resumeFrom.weights);
  }

  get clock(): ClockState {
    return this.#clock;
  }

  get rates(): RateState {
    return this.#rates;
  }

  /** First epoch of the first unfrozen phase where that is known beforehand. */
  get boundaryEpoch(): number | null {
    const start = this.#plan.phases.find(({ kind }) => kind === 'unfrozen')?.start;
    return start?.kind === 'epoch' ? start.epoch : null;
  }

  get phaseName(): string {
    return this.#plan.phases[this.#clock.phaseIndex]!.name;
  }

  get phaseKind(): PhaseKind {
    return this.#plan.phases[this.#clock.phaseIndex]!.kind;
  }

  /** Sets the rates of the epoch that comes now. */
  enterEpoch(): void {
    const { phaseIndex, epoch } = this.#clock;
    this.#rates = enterEpoch(this.#rates, this.#plan, this.#groups, phaseIndex, epoch);
    this.#shown = { phaseIndex, rates: this.#rates.rates };
  }

  /** The schedule acts, then the clock moves on. */
  endEpoch(valLoss: number): void {
    this.#rates = endEpoch(this.#rates, this.#config.lrSchedule, this.#clock.epoch, this.#config.epochs);
    this.#clock = advanceClock(this.#clock, this.#plan, valLoss);
  }

  measure(present: WeightValues): void {
    this.#changes = measureChange(this.#loaded.graph, this.#loaded.weights, present);
  }

  executablePhase(): ExecutablePhase {
    const { trained, batchNorm } = this.#view();
    return { trained, batchNorm, optimizer: this.#config.optimizer };
  }

  /** The layer table of the present phase, with the changes measured last. */
  layers(): readonly LayerStatus[] {
    const { layers } = this.#view();
    return withMeasuredChange(layers, this.#changes);
  }

  #view() {
    return phaseView(this.#loaded.graph, this.#plan, this.#shown.phaseIndex, this.#shown.rates);
  }
}

/** No epoch will be entered after a run's last one, and its clock and rates have moved on. */
function lastEpochOf(state: RunState | null, plan: PhasePlan): ShownEpoch | null {
  const last = state?.epochs.at(-1);
  if (last?.groupLrs === undefined) return null;
  const phaseIndex = plan.phases.findIndex(({ name }) => name === last.phaseName);
  return phaseIndex === -1 ? null : { phaseIndex, rates: last.groupLrs };
}
