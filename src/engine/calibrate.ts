import { measureChange } from '../core/measure-change';
import type { ExecutablePhase, Executor } from './executor';
import { nominalSeconds } from './nominal-work';
import type { BackendTraits } from './step-plan/backend';
import { compileEvaluationPlan } from './step-plan/compile-evaluation';
import { compileTrainingPlan } from './step-plan/compile-training';
import { layOutParameters } from './step-plan/parameter-layout';
import { EVALUATION_BATCH } from './step-plan/plan-executor';

/** What this machine takes for a nominal second of each kind of work, and for reading the weights once. */
export interface Calibration {
  readonly stepFactor: number;
  readonly evaluationFactor: number;
  readonly epochMs: number;
}

/** Pictures that are measured with: few, so that the page hardly waits. */
const PICTURES = 4;

/**
 * Runs one evaluation and one training step of the whole network after one of each that compiles.
 * @param executor of its own: the step moves its weights
 * @param phase in which everything trains
 */
export async function calibrate(
  executor: Executor,
  phase: ExecutablePhase,
  picture: readonly [height: number, width: number, channels: number],
  traits: BackendTraits,
): Promise<Calibration> {
  const { graph } = executor;
  const shape = [PICTURES, ...picture] as const;
  const batch = { images: picturesOf(shape), shape, labels: new Int32Array(PICTURES) };
  const rates = phase.trained.map(() => 0);
  await executor.enterPhase(phase);
  const stepMs = await secondRunMs(() => executor.trainStep(batch, rates));
  const evaluated = [EVALUATION_BATCH, ...picture] as const;
  const many = picturesOf(evaluated);
  const evaluationMs = await secondRunMs(() => executor.predict(many, evaluated));
  const startMs = performance.now();
  const weights = await executor.readWeights();
  measureChange(graph, weights, weights);
  const epochMs = performance.now() - startMs;

  const layout = layOutParameters(graph, phase, new Map());
  const training = compileTrainingPlan(
    { graph, phase, layout, shape, startsAt: 'pictures', classWeights: 'none' },
    traits,
  );
  const evaluation = compileEvaluationPlan({ graph, layout, shape: evaluated, startsAt: [] }, traits);
  return {
    stepFactor: stepMs / 1000 / nominalSeconds(training),
    evaluationFactor: evaluationMs / 1000 / nominalSeconds(evaluation),
    epochMs,
  };
}

/** Not zeros, which some processors multiply faster or slower than other numbers. */
function picturesOf(shape: readonly [number, number, number, number]): Float32Array {
  const size = shape.reduce((product, side) => product * side, 1);
  return Float32Array.from({ length: size }, (_, i) => ((i * 7919) % 255) / 127.5 - 1);
}

async function secondRunMs(work: () => Promise<unknown>): Promise<number> {
  await work();
  const startMs = performance.now();
  await work();
  return performance.now() - startMs;
}
