import type { Executor } from './executor';

/** The executor's own members as plain ones, for whoever passes calls on and does something about a few of them. */
export function forwarded(executor: Executor): Executor {
  return {
    kind: executor.kind,
    backend: executor.backend,
    graph: executor.graph,
    description: executor.description,
    enterPhase: (phase) => executor.enterPhase(phase),
    startStep: (batch, learningRates) => executor.startStep(batch, learningRates),
    trainStep: (batch, learningRates) => executor.trainStep(batch, learningRates),
    predict: (images, shape) => executor.predict(images, shape),
    evaluate: (pictures) => executor.evaluate(pictures),
    unknownPictures: (pictures) => executor.unknownPictures(pictures),
    features: (images, shape, layerName) => executor.features(images, shape, layerName),
    readWeights: (names) => executor.readWeights(names),
    writeWeights: (weights) => executor.writeWeights(weights),
    readOptimizerState: () => executor.readOptimizerState(),
    writeOptimizerState: (state) => executor.writeOptimizerState(state),
    stats: () => executor.stats(),
    planView: () => executor.planView(),
    dispose: () => executor.dispose(),
  };
}
