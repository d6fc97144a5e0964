import { compileBackboneFinetuning } from '../core/compile-plan';
import type { Network } from '../core/graph';
import { resolveTrainConfig } from '../core/options';
import type { PhasePlan } from '../core/phase-plan';
import type { ResolvedTrainConfig } from '../core/resolved-config';
import type { Warning } from '../core/train-config';
import type { SerializableTrainConfig } from '../core/worker-contract';

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
  const compiled = compileBackboneFinetuning(network.graph, resolved);
  return { config: resolved, network, plan: compiled.plan, warnings: [...warnings, ...compiled.warnings] };
}
