import { version } from '../../../../package.json';
import { PRODUCT_VARIANTS, type ProductVariant } from '../wgsl/tuning';

/** What was measured on an adapter; plain data that the page keeps for the next visit. */
export interface TunedProducts {
  /** `adapterKey` of the adapter. */
  readonly adapter: string;
  /** The fastest variant by the key of its shape. */
  readonly products: Readonly<Record<string, ProductVariant>>;
}

/** Where measurements outlive the page. Failing is allowed: then it is measured again. */
export interface TuningMemory {
  recall(adapter: string): Promise<unknown>;
  keep(tuned: TunedProducts): Promise<void>;
}

/** Names all that a measurement depends on: another adapter, or kernels written otherwise, are measured anew. */
export function adapterKey({ vendor, architecture, device, description }: GPUAdapterInfo): string {
  return [`kernels of ${version}`, vendor, architecture, device, description].join(' | ');
}

/** @param kept anything; what is no measurement of this adapter counts for nothing */
export function readTuned(kept: unknown, adapter: string): ReadonlyMap<string, ProductVariant> {
  const products = new Map<string, ProductVariant>();
  if (!isRecord(kept) || kept.adapter !== adapter || !isRecord(kept.products)) return products;
  for (const [key, value] of Object.entries(kept.products)) {
    const variant = PRODUCT_VARIANTS.find((known) => known === value);
    if (variant !== undefined) products.set(key, variant);
  }
  return products;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
