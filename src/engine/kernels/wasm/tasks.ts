/**
 * How the work of a call is cut into tasks. By shape alone, never by the number of threads: the cut decides in
 * which order float32 sums are taken, and results are the same bit for bit on any number of threads.
 */

/** Elements a task of elementwise work handles: long enough to be worth taking, short enough to share out. */
const RANGE_ELEMENTS = 16_384;
/** Rows of this many elements stay in the L2 cache between two passes. */
const CHUNK_ELEMENTS = 16_384;
const MOST_CHUNK_ROWS = 256;
const LEAST_CHUNK_ROWS = 16;
/** Rows of a matrix product: a multiple of its tile of 4, and enough of them to use a panel often. */
const PRODUCT_ROWS = 96;
/** Tasks that keep 8 threads busy when they do not all take as long. */
const ENOUGH_TASKS = 16;
/** Partial filter gradients together: 8 MB. */
const MOST_PART_ELEMENTS = 2_000_000;
const LEAST_PART_ROWS = 384;

export function ceilDivide(total: number, by: number): number {
  return Math.ceil(total / by);
}

export interface Split {
  /** What one task handles. */
  readonly each: number;
  readonly tasks: number;
}

export function splitRange(elements: number): Split {
  return { each: RANGE_ELEMENTS, tasks: ceilDivide(elements, RANGE_ELEMENTS) };
}

/** Rows that are read more than once, or summed: at most 256 of them, as many as the cache holds. */
export function splitRows(rows: number, channels: number): Split {
  const wanted = Math.floor(CHUNK_ELEMENTS / channels);
  const each = Math.min(MOST_CHUNK_ROWS, Math.max(LEAST_CHUNK_ROWS, wanted));
  return { each, tasks: ceilDivide(rows, each) };
}

export interface ProductSplit {
  readonly rows: number;
  readonly rowBlocks: number;
  /** Panels of 8 columns. */
  readonly panels: number;
  readonly tasks: number;
}

/** A product cut into blocks of rows, and of columns too where there are few rows. */
export function splitProduct(rows: number, columns: number): ProductSplit {
  const rowBlocks = ceilDivide(rows, PRODUCT_ROWS);
  const allPanels = ceilDivide(columns, 8);
  const across = Math.min(allPanels, ceilDivide(ENOUGH_TASKS, rowBlocks));
  const panels = ceilDivide(allPanels, across);
  return { rows: PRODUCT_ROWS, rowBlocks, panels, tasks: rowBlocks * ceilDivide(allPanels, panels) };
}

export interface GradientSplit {
  readonly rowsPerPart: number;
  readonly parts: number;
  readonly panels: number;
  readonly tasks: number;
}

/** A filter gradient cut by columns, and into sums over parts of the rows where there are many rows. */
export function splitFilterGradient(rows: number, k: number, columns: number, groups: number): GradientSplit {
  const perPart = k * columns * groups;
  const most = Math.max(1, Math.min(ENOUGH_TASKS, Math.floor(MOST_PART_ELEMENTS / perPart)));
  const parts = Math.min(most, Math.max(1, Math.floor(rows / LEAST_PART_ROWS)));
  const rowsPerPart = ceilDivide(ceilDivide(rows, parts), PRODUCT_ROWS) * PRODUCT_ROWS;
  const realParts = ceilDivide(rows, rowsPerPart);
  const allPanels = ceilDivide(columns, 8);
  const across = Math.min(allPanels, ceilDivide(ENOUGH_TASKS, realParts));
  const panels = ceilDivide(allPanels, across);
  return { rowsPerPart, parts: realParts, panels, tasks: realParts * ceilDivide(allPanels, panels) };
}
