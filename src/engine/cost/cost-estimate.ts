import { keptVariants } from '../../core/options/augmentation';
import type { ResolvedAugmentation } from '../../core/options/resolved-config';
import type { PhasePlan } from '../../core/phase-plan';
import type { CombinationCost, KeptValues, PhaseCost } from '../../core/run/cost-report';
import type { Calibration } from './calibrate';
import type { PhaseWork } from './phase-work';

/** What a run consists of, besides its phases. */
export interface RunSize {
  readonly epochs: number;
  readonly batchSize: number;
  readonly augmentation: ResolvedAugmentation;
  readonly trainCount: number;
  readonly validationCount: number;
  readonly cacheBudgetBytes: number;
}

/** First epoch of each phase; one that begins early begins at the latest there, or not at all. */
export function startEpochs({ phases }: PhasePlan, epochs: number): readonly number[] {
  let latest = 0;
  return phases.map(({ start }, index) => {
    const wanted = start.kind === 'epoch' ? start.epoch : (start.atLatestEpoch ?? epochs);
    latest = index === 0 ? 0 : Math.max(latest, Math.min(wanted, epochs));
    return latest;
  });
}

/**
 * Time of each phase: training and validation of every epoch, what is computed once, making its plans, and reading the weights.
 * Neighbouring phases with the same frozen values compute them once.
 */
export function estimatePhases(
  plan: PhasePlan,
  works: readonly PhaseWork[],
  size: RunSize,
  measured: Calibration,
): readonly PhaseCost[] {
  const starts = startEpochs(plan, size.epochs);
  let before = { layers: '', epochs: 0, seconds: 0 };
  return plan.phases.map((phase, index) => {
    const work = works[index]!;
    const epochs = (starts[index + 1] ?? size.epochs) - starts[index]!;
    const step = work.step * measured.stepFactor;
    const evaluation = work.evaluation * measured.evaluationFactor;
    const layers = work.kept?.layers.join() ?? '';
    if (layers !== before.layers) before = { layers, epochs: 0, seconds: 0 };
    const keptEpochs = before.epochs + epochs;
    const kept = epochs === 0 ? null : keptValues(work, size, measured, keptEpochs);
    const once = kept === null ? 0 : kept.seconds - before.seconds;
    before = { layers, epochs: keptEpochs, seconds: kept?.seconds ?? before.seconds };
    const epoch = size.trainCount * step + size.validationCount * evaluation + measured.epochMs / 1000;
    return {
      name: phase.name,
      kind: phase.kind,
      startEpoch: starts[index]!,
      epochs,
      seconds: epochs === 0 ? 0 : measured.phaseMs / 1000 + once + epochs * epoch,
      stepMs: step * size.batchSize * 1000,
      kept,
    };
  });
}

/** Sums of the phases of each kind, and how the frozen ones compare with the cheapest choice. */
export function combinationCosts(
  choices: readonly (Pick<CombinationCost, 'trainBnFrozenPhase' | 'trainBnUnfrozenPhase' | 'isChosen'> & {
    readonly phases: readonly PhaseCost[];
  })[],
): readonly CombinationCost[] {
  const costs = choices.map(({ phases, ...choice }) => {
    const secondsOf = (kind: PhaseCost['kind']) =>
      phases.filter((phase) => phase.kind === kind).reduce((sum, { seconds }) => sum + seconds, 0);
    const frozenSeconds = secondsOf('frozen');
    const unfrozenSeconds = secondsOf('unfrozen');
    const keepsFrozenValues = phases.some(
      ({ kind, kept }) => kind === 'frozen' && kept !== null && kept.trainingVariants > 0,
    );
    const seconds = frozenSeconds + unfrozenSeconds;
    return { ...choice, frozenSeconds, unfrozenSeconds, seconds, keepsFrozenValues };
  });
  const least = Math.min(...costs.map(({ frozenSeconds }) => frozenSeconds));
  return costs.map((cost) => ({ ...cost, frozenTimes: least === 0 ? 1 : cost.frozenSeconds / least }));
}

/** Pictures and variants that so many epochs see. */
export function keptPictures(
  {
    augmentation,
    trainCount,
    validationCount,
  }: Pick<RunSize, 'augmentation' | 'trainCount' | 'validationCount'>,
  epochs: number,
): number {
  return Math.round(trainCount * keptVariants(augmentation, epochs)) + validationCount;
}

function keptValues(
  { kept }: PhaseWork,
  size: RunSize,
  measured: Calibration,
  epochs: number,
): KeptValues | null {
  if (kept === null) return null;
  const { layers, bytesPerPicture, prefix } = kept;
  const pictures = keptPictures(size, epochs);
  return {
    layers,
    bytesPerPicture,
    trainingVariants: keptVariants(size.augmentation, epochs),
    bytes: pictures * bytesPerPicture,
    picturesInMemory: Math.min(pictures, Math.floor(size.cacheBudgetBytes / bytesPerPicture)),
    seconds: pictures * prefix * measured.evaluationFactor,
  };
}
