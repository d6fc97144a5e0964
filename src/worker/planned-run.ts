import { ThawError } from '../core/errors';
import type { Network } from '../core/graph/graph';
import { resolveTrainConfig } from '../core/options/options';
import type { ResolvedTrainConfig } from '../core/options/resolved-config';
import type { SerializableTrainConfig, Warning } from '../core/options/train-config';
import type { PhasePlan } from '../core/phase-plan';
import { planToFts } from '../core/phases/fts-schedule';
import { planOfConfig } from '../core/phases/plan-of-config';
import type { RunState } from '../core/run/run-state';
import { checkRunState } from '../core/run/run-state-check';
import { readRunState } from '../core/run/run-state-shape';

export interface PlannedRun {
  readonly config: ResolvedTrainConfig;
  readonly network: Network;
  readonly plan: PhasePlan;
  readonly warnings: readonly Warning[];
}

/**
 * From a config to what would train.
 * @param networkFor the network with its head, whose initial values depend on the seed
 * @throws ThawError everything that is wrong with the options or does not fit the network
 */
export function planRun(config: SerializableTrainConfig, networkFor: (seed: number) => Network): PlannedRun {
  const { resolved, warnings } = resolveTrainConfig(config);
  const network = networkFor(resolved.seed);
  const compiled = planOfConfig(network.graph, resolved);
  return { config: resolved, network, plan: compiled.plan, warnings: [...warnings, ...compiled.warnings] };
}

/**
 * The plan of a run that goes on.
 * @param trainCount pictures to train on
 * @throws ThawError `run-state-invalid` for a state that is damaged or does not fit
 */
export function planResumedRun(
  given: RunState,
  networkFor: (seed: number) => Network,
  trainCount: number,
): PlannedRun {
  const state = readRunState(given);
  const planned = planSaved(state, networkFor);
  checkRunState(state, { ...planned, graph: planned.network.graph, trainCount });
  return planned;
}

/** The plan as YAML of the finetuning-scheduler package. @throws ThawError `invalid-option` */
export function scheduleOf({ network, plan, config }: PlannedRun): string {
  return planToFts(network.graph, plan, config.lrSchedule.kind === 'constant' ? config.learningRate : null);
}

function planSaved(state: RunState, networkFor: (seed: number) => Network): PlannedRun {
  try {
    return planRun(state.config, networkFor);
  } catch (error) {
    if (!(error instanceof ThawError)) throw error;
    throw new ThawError('run-state-invalid', `This run does not fit what is loaded. ${error.message}`, {
      cause: error,
    });
  }
}
