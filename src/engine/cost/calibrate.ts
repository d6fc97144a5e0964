import { measureChange } from '../../core/phases/measure-change';
import type { ExecutablePhase, Executor } from '../executor';
import { msOf, timeSteps } from '../run/time-steps';
import type { BackendTraits } from '../step-plan/backend';
import { compileEvaluationPlan } from '../step-plan/compile/compile-evaluation';
import { compileTrainingPlan } from '../step-plan/compile/compile-training';
import { EVALUATION_BATCH } from '../step-plan/executor/run-in-parts';
import { layOutParameters } from '../step-plan/parameter-layout';
import { nominalSeconds } from './nominal-work';

/** What this machine takes for a nominal second of each kind of work, and for what comes once. */
export interface Calibration {
  readonly stepFactor: number;
  readonly evaluationFactor: number;
  /** Reading the weights at the end of an epoch. */
  readonly epochMs: number;
  /** What the first step and the first evaluation of a phase take beyond the later ones: planning and loading. */
  readonly phaseMs: number;
}

/** Pictures that are measured with: few, so that the page hardly waits. */
const PICTURES = 8;

/** One run alone may meet another program's; the median of a few does not. */
const RUNS = { least: 3, most: 9, enoughMs: 400 } as const;

/**
 * Runs a few evaluations and training steps of the whole network after one of each that compiles.
 * @param executor of its own: the step moves its weights
 * @param phase in which everything trains
 * @param breathe awaited between runs: whoever has to say something to this thread is heard
 * @param signal ends it after the present run
 */
export async function calibrate(
  executor: Executor,
  phase: ExecutablePhase,
  picture: readonly [height: number, width: number, channels: number],
  traits: BackendTraits,
  breathe: () => Promise<void>,
  signal: AbortSignal,
): Promise<Calibration> {
  const timed = (ms: () => Promise<number>) => timedRuns(ms, breathe, signal);
  const { graph } = executor;
  const shape = [PICTURES, ...picture] as const;
  const batch = { images: picturesOf(shape), shape, labels: new Int32Array(PICTURES) };
  const rates = phase.trained.map(() => 0);
  await executor.enterPhase(phase);
  const step = await timeSteps(executor, batch, rates, timed);
  const evaluated = [EVALUATION_BATCH, ...picture] as const;
  const many = picturesOf(evaluated);
  const prediction = await timed(() => msOf(() => executor.predict(many, evaluated)));
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
    stepFactor: step.laterMs / 1000 / nominalSeconds(training),
    evaluationFactor: prediction.laterMs / 1000 / nominalSeconds(evaluation),
    epochMs,
    phaseMs: step.firstMs - step.laterMs + (prediction.firstMs - prediction.laterMs),
  };
}

/** Not zeros, which some processors multiply faster or slower than other numbers. */
function picturesOf(shape: readonly [number, number, number, number]): Float32Array {
  const size = shape.reduce((product, side) => product * side, 1);
  return Float32Array.from({ length: size }, (_, i) => ((i * 7919) % 255) / 127.5 - 1);
}

async function timedRuns(
  ms: () => Promise<number>,
  breathe: () => Promise<void>,
  signal: AbortSignal,
): Promise<{ firstMs: number; laterMs: number }> {
  const once = async () => {
    await breathe();
    signal.throwIfAborted();
    return ms();
  };
  const firstMs = await once();
  const laterMs: number[] = [];
  let spentMs = 0;
  while (laterMs.length < RUNS.least || (laterMs.length < RUNS.most && spentMs < RUNS.enoughMs)) {
    const laterOneMs = await once();
    laterMs.push(laterOneMs);
    spentMs += laterOneMs;
  }
  laterMs.sort((a, b) => a - b);
  const median = laterMs[laterMs.length >> 1]!;
  return { firstMs: Math.max(firstMs, median), laterMs: median };
}
