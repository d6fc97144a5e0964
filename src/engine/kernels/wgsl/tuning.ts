import type { ConvGeometry } from '../../step-plan/geometry';

/** What is chosen by adapter: how much goes on at once, and which way of writing a kernel is faster there. */
export interface Tuning {
  /** Threads that a reduction is split into: enough to keep the adapter busy, no more. */
  readonly threads: number;
  /** Whether threads of a workgroup work together: fast on a GPU, dear where barriers are emulated. */
  readonly workgroupMemory: 'used' | 'avoided';
  /**
   * Whether a thread of a depthwise layer takes channels one at a time or by fours. A vector costs an emulated thread as
   * much as its four numbers do, in code too: one at a time, the same code makes four times the block.
   */
  readonly depthwise: 'vectors' | 'scalars';
  /** Where nothing was measured. */
  readonly product: Readonly<Record<ProductUse, ProductVariant>>;
  /** What was measured, by `productKey`. */
  readonly products: ReadonlyMap<string, ProductVariant>;
}

/** The three products of a convolution's training step: they have other shapes and other strides. */
export type ProductUse = 'forward' | 'inputGradient' | 'filterGradient';

/**
 * How a product is tiled. `registers`: every thread by itself keeps rows × vectors of four columns.
 * `workgroup`: 64 threads share a square tile of so many rows and columns through workgroup memory (only products of
 * whole vectors).
 */
export type ProductVariant = 'registers4x2' | 'registers8x2' | 'registers4x4' | 'workgroup32' | 'workgroup64';

export const PRODUCT_VARIANTS: readonly ProductVariant[] = [
  'registers4x2',
  'registers8x2',
  'registers4x4',
  'workgroup32',
  'workgroup64',
];

export const SOFTWARE_TUNING: Tuning = {
  threads: 512,
  workgroupMemory: 'avoided',
  depthwise: 'scalars',
  // More inputs a thread would mean fewer threads, more parts and more bytes for a filter's gradient.
  product: { forward: 'registers8x2', inputGradient: 'registers8x2', filterGradient: 'registers4x2' },
  products: new Map(),
};
export const HARDWARE_TUNING: Tuning = {
  threads: 16384,
  workgroupMemory: 'used',
  depthwise: 'vectors',
  product: { forward: 'workgroup32', inputGradient: 'workgroup32', filterGradient: 'workgroup32' },
  products: new Map(),
};

/** What a thread keeps in registers; of a `workgroup` variant, what it does where that one does not apply. */
export function registerTile(variant: ProductVariant): { readonly rows: number; readonly columns: number } {
  switch (variant) {
    case 'registers8x2':
      return { rows: 8, columns: 2 };
    case 'registers4x4':
      return { rows: 4, columns: 4 };
    default:
      return { rows: 4, columns: 2 };
  }
}

/** Shapes that are tuned together. */
export function productKey(use: ProductUse, g: ConvGeometry): string {
  const rows =
    g.batch * (use === 'inputGradient' ? g.inputHeight * g.inputWidth : g.outputHeight * g.outputWidth);
  return `${use} ${rows}x${g.inputChannels}x${g.outputChannels}`;
}

export function productVariant(tuning: Tuning, use: ProductUse, g: ConvGeometry): ProductVariant {
  return tuning.products.get(productKey(use, g)) ?? tuning.product[use];
}

/** Into how many parts a sum over `rows` goes, when `across` threads work beside each other already. */
export function splitsFor(tuning: Tuning, rows: number, across: number, most: number): number {
  const wanted = Math.floor(tuning.threads / across);
  return Math.max(1, Math.min(wanted, most, Math.ceil(rows / 8)));
}
