import type { Executor } from './executor';

/**
 * An executor that may be asked again before it has answered: calls wait for each other. So a picture can
 * be tried while training runs or is paused, between two steps.
 */
export function oneAtATime(executor: Executor): Executor {
  let last: Promise<unknown> = Promise.resolve();
  const inTurn = <Result>(work: () => Promise<Result>): Promise<Result> => {
    const turn = last.then(work);
    last = turn.catch(() => undefined);
    return turn;
  };
  return {
    kind: executor.kind,
    backend: executor.backend,
    graph: executor.graph,
    description: executor.description,
    enterPhase: (phase) => inTurn(() => executor.enterPhase(phase)),
    trainStep: (batch, learningRates) => inTurn(() => executor.trainStep(batch, learningRates)),
    unknownPictures: (pictures) => executor.unknownPictures(pictures),
    predict: (images, shape) => inTurn(() => executor.predict(images, shape)),
    evaluate: (pictures) => inTurn(() => executor.evaluate(pictures)),
    features: (images, shape, layerName) => inTurn(() => executor.features(images, shape, layerName)),
    readWeights: (names) => inTurn(() => executor.readWeights(names)),
    writeWeights: (values) => inTurn(() => executor.writeWeights(values)),
    readOptimizerState: () => inTurn(() => executor.readOptimizerState()),
    writeOptimizerState: (state) => inTurn(() => executor.writeOptimizerState(state)),
    stats: () => executor.stats(),
    planView: () => executor.planView(),
    dispose: () => executor.dispose(),
  };
}
