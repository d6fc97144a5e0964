import type { WeightValues } from '../core/graph/graph';
import type { Executor } from '../engine/executor';
import { forwarded } from '../engine/forwarded';

/**
 * Notes the weights of an executor whenever all of them are read or written, so that they outlive its device. Reading
 * by name is not noted: who asks so may give the numbers away.
 */
export function rememberWeights(executor: Executor, note: (weights: WeightValues) => void): Executor {
  return {
    ...forwarded(executor),
    readWeights: async (names) => {
      const weights = await executor.readWeights(names);
      if (names === undefined) note(weights);
      return weights;
    },
    writeWeights: (weights) => {
      note(weights);
      return executor.writeWeights(weights);
    },
  };
}
