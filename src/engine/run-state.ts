import { ThawError } from '../core/errors';
import type { LayerGraph, WeightValues } from '../core/graph';
import { elementCount } from '../core/graph';
import type { RateState } from '../core/learning-rates';
import type { ClockState } from '../core/phase-clock';
import type { EpochRecord } from '../core/run-record';
import type { SerializableTrainConfig } from '../core/worker-contract';
import type { VariableState } from './executor';

/**
 * A run at the end of an epoch as one value that can be structured-cloned and stored: a run that goes on
 * from it gives the losses of one that was never interrupted. There is no state of a random generator in
 * it: order and dropout are drawn from the seed with the epoch's or the step's number.
 */
export interface RunState {
  readonly version: 1;
  /** Written out in full, so that it means the same in a later version. */
  readonly config: SerializableTrainConfig;
  /** Where the run stands in its plan: next epoch, phase, and what its early start watches. */
  readonly clock: ClockState;
  readonly rates: RateState;
  /** Steps done so far. */
  readonly step: number;
  readonly losses: readonly number[];
  readonly epochs: readonly EpochRecord[];
  readonly weights: WeightValues;
  readonly optimizer: ReadonlyMap<string, VariableState>;
}

/**
 * @throws ThawError `run-state-invalid` where the state is of another version or another network
 */
export function checkRunState(state: RunState, graph: LayerGraph): void {
  if (state.version !== 1) {
    throw new ThawError(
      'run-state-invalid',
      'This run was saved by another version of Thaw. Start a new run.',
    );
  }
  const specs = graph.layers.flatMap((layer) => layer.weights);
  const fits =
    state.weights.size === specs.length &&
    specs.every(({ name, shape }) => {
      const size = elementCount(shape);
      const slots = state.optimizer.get(name)?.slots ?? [];
      return state.weights.get(name)?.length === size && slots.every((slot) => slot.length === size);
    });
  if (!fits) {
    throw new ThawError(
      'run-state-invalid',
      'This run was saved with another network. Load the backbone that it was started with, with the same end.',
    );
  }
}
