import type { LayerGraph } from '../graph/graph';
import type { ResolvedTrainConfig } from '../options/resolved-config';
import type { Warning } from '../options/train-config';
import type { PhasePlan } from '../phase-plan';
import { compileBackboneFinetuning } from './compile-backbone-finetuning';
import { compilePhases } from './compile-phases';
import { planFromFts } from './fts-schedule';

/**
 * The plan of a configuration: of its own phases, of its FTS schedule, or else of the callback's options.
 * @throws ThawError of the three compilers: `no-backbone`, `layer-unknown`, `invalid-option`,
 *   `conflicting-options`
 */
export function planOfConfig(
  graph: LayerGraph,
  config: ResolvedTrainConfig,
): { readonly plan: PhasePlan; readonly warnings: readonly Warning[] } {
  if (config.phases !== null) return compilePhases(graph, config.phases, config);
  if (config.ftsSchedule !== null) return planFromFts(graph, config.ftsSchedule, config.epochs);
  return compileBackboneFinetuning(graph, config);
}
