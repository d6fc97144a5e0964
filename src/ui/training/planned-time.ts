import type { ThawState } from '../../store/state';
import { useThawState } from '../thaw-context';

/** @returns epochs and boundary of the run, or before a run of the plan that the options make. */
export function usePlannedTime(): { epochs: number; boundaryEpoch: number | null } {
  const epochs = useThawState((state) => plannedEpochs(state));
  const boundaryEpoch = useThawState((state) => plannedBoundary(state));
  return { epochs, boundaryEpoch };
}

function plannedEpochs({ training, options }: ThawState): number {
  if (training.stepsPerEpoch > 0) return training.epochs;
  return Number.isInteger(options.epochs) && options.epochs > 0 ? options.epochs : 1;
}

function plannedBoundary(state: ThawState): number | null {
  const { training, options } = state;
  if (training.stepsPerEpoch > 0) return training.boundaryEpoch;
  if (options.ownPlan !== null) return null;
  const epoch = options.unfreezeBackboneAtEpoch;
  return Number.isInteger(epoch) && epoch >= 0 && epoch < plannedEpochs(state) ? epoch : null;
}
