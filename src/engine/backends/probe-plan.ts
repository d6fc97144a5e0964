import { msOf, timeSteps } from '../run/time-steps';
import type { KernelBackend } from '../step-plan/backend';
import { createPlanExecutor } from '../step-plan/executor/plan-executor';
import { everythingTrained, headTrained } from '../step-plan/phases-to-measure';
import { PROBE_SHAPE, probeNetwork } from './probe-network';

/** Milliseconds, the shorter of two runs after one that compiles. */
export interface PlanProbe {
  /** Frozen features: forward in evaluation mode. */
  readonly evaluationMs: number;
  /** A whole step, BatchNorm trained, Adam. */
  readonly stepMs: number;
  /** A step of the head on features that are kept. */
  readonly headStepMs: number;
}

/** Measures a kernel backend with a real plan of each kind of work, of some 250 million multiply-accumulates. */
export async function probePlan(backend: KernelBackend): Promise<PlanProbe> {
  const network = probeNetwork();
  const executor = await createPlanExecutor(network, backend);
  try {
    const random = new Float32Array(PROBE_SHAPE.reduce((product, size) => product * size, 1)).fill(0.5);
    const batch = { images: random, shape: PROBE_SHAPE, labels: new Int32Array(PROBE_SHAPE[0]) };
    const optimizer = { kind: 'adam', beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0 } as const;
    await executor.enterPhase(everythingTrained(network.graph, optimizer));
    const evaluationMs = await shortestMs(() => msOf(() => executor.predict(batch.images, batch.shape)));
    const stepMs = await timeSteps(executor, batch, [1e-3], shortestMs);
    await executor.enterPhase(headTrained(network.graph, optimizer));
    const known = { ...batch, pictureIds: Array.from({ length: PROBE_SHAPE[0] }, (_, place) => `${place}`) };
    return {
      evaluationMs,
      stepMs,
      headStepMs: await timeSteps(executor, known, [1e-3], shortestMs),
    };
  } finally {
    executor.dispose();
  }
}

async function shortestMs(nextMs: () => Promise<number>): Promise<number> {
  await nextMs();
  return Math.min(await nextMs(), await nextMs());
}
