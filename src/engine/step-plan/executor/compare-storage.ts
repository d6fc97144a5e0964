import type { ActivationStorage, StorageComparison } from '../../../core/run/storage-view';
import type { KernelBackend, LoadedPlan, Numbers, ParameterMemory } from '../backend';
import type { KernelCall } from '../operations';
import type { ParameterLayout, StepPlan } from '../plan';

/** Of this many pictures: enough for the statistics of a BatchNorm, and they need little memory beside the batch's own. */
export const COMPARED_PICTURES = 4;

/**
 * What is still the same step. Rounding to 11 bits turns the gates of activations that are near their edge, so that
 * gradients differ by far more than the values do; a driver that gets halves wrong gives another direction
 * altogether. docs/benchmark.md tells what was measured.
 */
const MOST_LOSS_ERROR = 0.02;
const LEAST_GRADIENT_COSINE = 0.9;

export interface StepToCompare {
  readonly layout: ParameterLayout;
  readonly compile: (storage: ActivationStorage) => StepPlan;
  /** Writes the inputs. */
  readonly fill: (loaded: LoadedPlan) => void;
  readonly scalars: (plan: StepPlan) => readonly number[];
}

/** Runs a step without its update in float32 and in halves, from the same weights, which are then as before. */
export async function compareStorage(
  backend: KernelBackend,
  memory: ParameterMemory,
  step: StepToCompare,
): Promise<StorageComparison> {
  const { layout } = step;
  const weights = await memory.read('weights', 0, layout.elements.weights);
  const run = async (storage: ActivationStorage) => {
    const plan = withoutUpdates(step.compile(storage));
    const loaded = await backend.load(plan, memory, { measuring: 'skipped' });
    try {
      if (plan.prepare.length > 0) await loaded.prepare();
      step.fill(loaded);
      await loaded.run(step.scalars(plan));
      const outcome = plan.outputs.find(({ role }) => role === 'outcome')!;
      const [loss] = await loaded.read(outcome.buffer);
      const gradients = await memory.read('gradients', 0, layout.elements.gradients);
      return { loss: loss!, gradients };
    } finally {
      loaded.dispose();
      // A step moves the running statistics of BatchNorms.
      memory.write('weights', 0, weights);
    }
  };
  const wanted = await run('float32');
  const found = await run('half');
  return {
    lossError: Math.abs(found.loss - wanted.loss) / Math.max(Math.abs(wanted.loss), 1e-3),
    gradientCosine: cosine(found.gradients, wanted.gradients),
  };
}

export function isClose({ lossError, gradientCosine }: StorageComparison): boolean {
  return lossError <= MOST_LOSS_ERROR && gradientCosine >= LEAST_GRADIENT_COSINE;
}

function withoutUpdates(plan: StepPlan): StepPlan {
  const kept = plan.calls.map((call, index) => ({ call, scratch: plan.scratch[index]! })).filter(isNoUpdate);
  return { ...plan, calls: kept.map(({ call }) => call), scratch: kept.map(({ scratch }) => scratch) };
}

function isNoUpdate({ call }: { readonly call: KernelCall }): boolean {
  return call.kind !== 'adamUpdate' && call.kind !== 'sgdUpdate';
}

function cosine(a: Numbers, b: Numbers): number {
  let product = 0;
  let squaresOfA = 0;
  let squaresOfB = 0;
  for (let i = 0; i < a.length; i += 1) {
    product += a[i]! * b[i]!;
    squaresOfA += a[i]! ** 2;
    squaresOfB += b[i]! ** 2;
  }
  // Two gradients of nothing are the same.
  return squaresOfA + squaresOfB === 0 ? 1 : product / Math.sqrt(squaresOfA * squaresOfB);
}
