import type { LayerGraph } from '../../core/graph/graph';
import type { OptimizerOptions } from '../../core/options/train-config';
import type { PhasePlan } from '../../core/phase-plan';
import { phaseView } from '../../core/phases/layer-table';
import { variableGroups } from '../../core/phases/variable-groups';
import type { ExecutablePhase } from '../executor';
import type { BackendTraits } from '../step-plan/backend';
import { compileEvaluationPlan } from '../step-plan/compile/compile-evaluation';
import { compileTrainingPlan } from '../step-plan/compile/compile-training';
import { plannedBytes } from '../step-plan/compile/plan-summary';
import { EVALUATION_BATCH } from '../step-plan/executor/run-in-parts';
import { frozenBoundaryOf, isWorthKeeping, prefixPlan } from '../step-plan/frozen/frozen-boundary';
import { USUAL_CACHE } from '../step-plan/frozen/prefix-cache';
import { layOutParameters } from '../step-plan/parameter-layout';
import { sharedArenaWords } from '../step-plan/plan';
import { nominalSeconds } from './nominal-work';

export interface WorkRequest {
  readonly batchSize: number;
  readonly picture: readonly [height: number, width: number, channels: number];
  /** Where a training step starts if the phase has a frozen prefix; evaluation starts behind it. */
  readonly trainsFrom: 'pictures' | 'frozenPrefix';
}

/** What a phase's plans say of its work: nominal seconds (see `nominalSeconds`) a picture, and bytes. */
export interface PhaseWork {
  readonly step: number;
  readonly evaluation: number;
  readonly kept: {
    readonly layers: readonly string[];
    readonly bytesPerPicture: number;
    /** Nominal seconds to compute them. */
    readonly prefix: number;
  } | null;
  /** Without what is kept. */
  readonly peakBytes: number;
}

export function executablePhase(
  graph: LayerGraph,
  plan: PhasePlan,
  phaseIndex: number,
  optimizer: OptimizerOptions,
): ExecutablePhase {
  const rates = variableGroups(graph, plan).map(() => 0);
  const { trained, batchNorm } = phaseView(graph, plan, phaseIndex, rates);
  return { trained, batchNorm, optimizer };
}

export function phaseWork(
  graph: LayerGraph,
  phase: ExecutablePhase,
  { batchSize, picture, trainsFrom }: WorkRequest,
  traits: BackendTraits,
): PhaseWork {
  const layout = layOutParameters(graph, phase, new Map());
  const shape = [batchSize, ...picture] as const;
  const evaluated = [EVALUATION_BATCH, ...picture] as const;
  const found = frozenBoundaryOf(graph, phase, layout, evaluated, traits);
  const boundary = found !== null && isWorthKeeping(found, USUAL_CACHE.leastWorkPerValue) ? found : null;
  const startsAt = boundary === null ? 'pictures' : trainsFrom;
  const training = compileTrainingPlan(
    { graph, phase, layout, shape, startsAt, classWeights: 'none' },
    traits,
  );
  const names = boundary?.values.map(({ name }) => name) ?? [];
  const evaluation = compileEvaluationPlan({ graph, layout, shape: evaluated, startsAt: names }, traits);
  const prefix = boundary === null ? null : prefixPlan(graph, phase, layout, evaluated, traits);
  // Loaded plans share the arena, and each holds its own folded weights.
  const others = prefix === null ? [evaluation] : [evaluation, prefix];
  const arena = sharedArenaWords([training, ...others]);
  const folded = others.reduce((sum, plan) => sum + plan.preparedElements, 0);
  return {
    step: nominalSeconds(training) / batchSize,
    evaluation: nominalSeconds(evaluation) / EVALUATION_BATCH,
    kept:
      boundary === null || prefix === null
        ? null
        : {
            layers: names,
            bytesPerPicture: boundary.elementsPerPicture * 4,
            prefix: nominalSeconds(prefix) / EVALUATION_BATCH,
          },
    peakBytes: plannedBytes(training, layout) + (arena - training.arenaWords + folded) * 4,
  };
}
