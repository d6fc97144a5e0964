import { ThawError } from '../../../core/errors';
import { isMatrixProduct } from '../../step-plan/geometry';
import type { CallOf, KernelCall } from '../../step-plan/operations';
import type { StepPlan } from '../../step-plan/plan';
import {
  PRODUCT_VARIANTS,
  type ProductUse,
  type ProductVariant,
  productKey,
  type Tuning,
} from '../wgsl/tuning';

const USES = {
  conv2d: 'forward',
  conv2dInputGradient: 'inputGradient',
  conv2dFilterGradient: 'filterGradient',
} as const satisfies Partial<Record<KernelCall['kind'], ProductUse>>;

type ProductCall = CallOf<keyof typeof USES>;

/** How the tuner runs a plan of one call. */
export interface PlanTrial {
  /** Compiles all of these at once; one that does not compile is no failure yet. */
  prepare(plan: StepPlan, tunings: readonly Tuning[]): Promise<void>;
  /** Milliseconds of a run. @throws ThawError `shader-invalid` */
  time(plan: StepPlan, tuning: Tuning): Promise<number>;
}

/**
 * Tries every variant on every shape of product in the plan, the largest first, until the time is up.
 * Measured on the plan's own buffers, before it runs: calls overwrite what they write.
 * @returns the fastest of each shape that was tried to the end: half a comparison tells nothing
 */
export async function tuneProducts(
  plan: StepPlan,
  tuning: Tuning,
  budgetMs: number,
  trial: PlanTrial,
  onShape: (done: number, total: number) => void = () => {},
): Promise<ReadonlyMap<string, ProductVariant>> {
  const found = new Map<string, ProductVariant>();
  const deadlineMs = performance.now() + budgetMs;
  const untuned = [...productShapes(plan)]
    .filter(([key]) => !tuning.products.has(key))
    .sort(([, a], [, b]) => productsOf(b) - productsOf(a));
  for (const [index, [key, call]] of untuned.entries()) {
    onShape(index, untuned.length);
    const fastest = await fastestVariant(aloneIn(plan, call), key, tuning, deadlineMs, trial);
    if (fastest === null) break;
    found.set(key, fastest);
  }
  if (untuned.length > 0) onShape(untuned.length, untuned.length);
  return found;
}

/** The matrix products of a plan by the key of their shape. */
export function productShapes(plan: StepPlan): ReadonlyMap<string, ProductCall> {
  const calls = new Map<string, ProductCall>();
  for (const call of plan.calls) {
    if (!isProductCall(call)) continue;
    const key = productKey(USES[call.kind], call.geometry);
    if (!calls.has(key)) calls.set(key, call);
  }
  return calls;
}

/** @returns null when the time is up */
async function fastestVariant(
  alone: StepPlan,
  key: string,
  tuning: Tuning,
  deadlineMs: number,
  trial: PlanTrial,
): Promise<ProductVariant | null> {
  const tuningOf = (variant: ProductVariant) => ({ ...tuning, products: new Map([[key, variant]]) });
  if (performance.now() > deadlineMs) return null;
  await trial.prepare(alone, PRODUCT_VARIANTS.map(tuningOf));
  let best: { readonly variant: ProductVariant; readonly ms: number } | null = null;
  for (const variant of PRODUCT_VARIANTS) {
    if (performance.now() > deadlineMs) return null;
    try {
      const ms = await trial.time(alone, tuningOf(variant));
      if (best === null || ms < best.ms) best = { variant, ms };
    } catch (error) {
      // A driver that refuses one way of writing a product may take another.
      if (!(error instanceof ThawError) || error.code !== 'shader-invalid') throw error;
    }
  }
  return best?.variant ?? null;
}

function aloneIn(plan: StepPlan, call: ProductCall): StepPlan {
  return { ...plan, calls: [call], scratch: [null], prepare: [], outputs: [], purpose: 'prefix' };
}

function isProductCall(call: KernelCall): call is ProductCall {
  return (
    call.kind in USES && 'geometry' in call && 'groups' in call.geometry && isMatrixProduct(call.geometry)
  );
}

function productsOf({ geometry: g }: ProductCall): number {
  return g.batch * g.outputHeight * g.outputWidth * g.inputChannels * g.outputChannels;
}
