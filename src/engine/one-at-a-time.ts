import type { Executor } from './executor';
import { forwarded } from './forwarded';

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
    ...forwarded(executor),
    enterPhase: (phase) => inTurn(() => executor.enterPhase(phase)),
    startStep: (batch, learningRates) => inTurn(() => executor.startStep(batch, learningRates)),
    trainStep: (batch, learningRates) => inTurn(() => executor.trainStep(batch, learningRates)),
    predict: (images, shape) => inTurn(() => executor.predict(images, shape)),
    evaluate: (pictures) => inTurn(() => executor.evaluate(pictures)),
    features: (images, shape, layerName) => inTurn(() => executor.features(images, shape, layerName)),
    readWeights: (names) => inTurn(() => executor.readWeights(names)),
    writeWeights: (values) => inTurn(() => executor.writeWeights(values)),
    readOptimizerState: () => inTurn(() => executor.readOptimizerState()),
    writeOptimizerState: (state) => inTurn(() => executor.writeOptimizerState(state)),
  };
}
