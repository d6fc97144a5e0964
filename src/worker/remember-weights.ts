import type { WeightValues } from '../core/graph';
import type { Executor } from '../engine/executor';

/**
 * Notes the weights of an executor whenever all of them are read or written, so that they outlive its device. Reading
 * by name is not noted: who asks so may give the numbers away.
 */
export function rememberWeights(executor: Executor, note: (weights: WeightValues) => void): Executor {
  return {
    kind: executor.kind,
    backend: executor.backend,
    graph: executor.graph,
    description: executor.description,
    enterPhase: (phase) => executor.enterPhase(phase),
    trainStep: (batch, learningRates) => executor.trainStep(batch, learningRates),
    predict: (images, shape) => executor.predict(images, shape),
    evaluate: (pictures) => executor.evaluate(pictures),
    features: (images, shape, layerName) => executor.features(images, shape, layerName),
    readWeights: async (names) => {
      const weights = await executor.readWeights(names);
      if (names === undefined) note(weights);
      return weights;
    },
    writeWeights: (weights) => {
      note(weights);
      return executor.writeWeights(weights);
    },
    readOptimizerState: () => executor.readOptimizerState(),
    writeOptimizerState: (state) => executor.writeOptimizerState(state),
    stats: () => executor.stats(),
    planView: () => executor.planView(),
    dispose: () => executor.dispose(),
  };
}
