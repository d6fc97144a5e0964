import { isMatrixProduct } from '../step-plan/geometry';
import type { CallOf, KernelCall } from '../step-plan/operations';
import type { StepPlan } from '../step-plan/plan';
import {
  PRODUCT_VARIANTS,
  type ProductUse,
  type ProductVariant,
  productKey,
  type Tuning,
} from './wgsl-tuning';

/** What was measured on an adapter; plain data that the page can keep and hand back. */
export interface TunedProducts {
  readonly adapter: string;
  /** The fastest variant by the key of its shape. */
  readonly products: Readonly<Record<string, ProductVariant>>;
}

const USES = {
  conv2d: 'forward',
  conv2dInputGradient: 'inputGradient',
  conv2dFilterGradient: 'filterGradient',
} as const satisfies Partial<Record<KernelCall['kind'], ProductUse>>;

type ProductCall = CallOf<keyof typeof USES>;

/** Milliseconds of a run of the plan, which may be run as often as wanted. */
export type TimePlan = (plan: StepPlan, tuning: Tuning) => Promise<number>;

/**
 * Tries every variant on every shape of product in the plan, the largest first, until the time is up, and
 * remembers the fastest. Measured on the plan's own buffers, before it runs: calls overwrite what they write.
 */
export async function tuneProducts(
  plan: StepPlan,
  tuning: Tuning,
  budgetMs: number,
  time: TimePlan,
): Promise<ReadonlyMap<string, ProductVariant>> {
  const products = new Map(tuning.products);
  const deadlineMs = performance.now() + budgetMs;
  for (const [key, call] of untunedProducts(plan, tuning)) {
    const alone: StepPlan = {
      ...plan,
      calls: [call],
      scratch: [null],
      prepare: [],
      outputs: [],
      purpose: 'prefix',
    };
    let best: { readonly variant: ProductVariant; readonly ms: number } | null = null;
    for (const variant of PRODUCT_VARIANTS) {
      // A shape that was not tried to the end keeps the default: half a comparison tells nothing.
      if (performance.now() > deadlineMs) return products;
      const ms = await time(alone, { ...tuning, products: new Map([[key, variant]]) });
      if (!best || ms < best.ms) best = { variant, ms };
    }
    products.set(key, best!.variant);
  }
  return products;
}

function untunedProducts(plan: StepPlan, tuning: Tuning): readonly (readonly [string, ProductCall])[] {
  const calls = new Map<string, ProductCall>();
  for (const call of plan.calls) {
    if (!isProductCall(call)) continue;
    const key = productKey(USES[call.kind], call.geometry);
    if (!tuning.products.has(key) && !calls.has(key)) calls.set(key, call);
  }
  return [...calls].sort(([, a], [, b]) => productsOf(b) - productsOf(a));
}

function isProductCall(call: KernelCall): call is ProductCall {
  return (
    call.kind in USES && 'geometry' in call && 'groups' in call.geometry && isMatrixProduct(call.geometry)
  );
}

function productsOf({ geometry: g }: ProductCall): number {
  return g.batch * g.outputHeight * g.outputWidth * g.inputChannels * g.outputChannels;
}
