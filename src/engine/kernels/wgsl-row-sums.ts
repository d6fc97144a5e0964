import type { WgslContext } from './wgsl-context';
import { PARTS_READ_INLINE, partElements, type RowReduction } from './wgsl-row-reduction';
import { lanesFor, type Range, typeOf, type WgslShader } from './wgsl-shader';
import { indices, join } from './wgsl-text';

/** Sums over rows in parts, ready for whoever adds them up. */
export interface SumParts {
  readonly reduction: RowReduction;
  readonly parts: Range;
}

export interface SumStatements {
  /** Before the rows of a channel; may use `c`. */
  readonly before: string;
  /** At a part's first result: sets `pivot`, or nothing. */
  readonly first: string;
  /** For every `result`, which lies at `at`: adds to `a` and `b`. */
  readonly each: string;
  /** After the sums: may use `count`, the rows of the part, and `pivot`; may change `a` and `b`. */
  readonly after: string;
  readonly declarations: string;
}

/**
 * Two sums over the rows of what a kernel makes, which it takes along as it stores them: nothing is read
 * again for them.
 */
export type RowSums = (context: WgslContext, shader: WgslShader) => SumStatements;

interface Runs {
  readonly rows: number;
  readonly channels: number;
  /** Rows that a thread makes at a time. */
  readonly unit: number;
  /** Threads that make the same rows. */
  readonly beside: number;
  readonly lanes: RowReduction['lanes'];
}

/** Every thread makes one run of rows after the other, a part. @returns null where that would keep too few threads busy */
export function planRunReduction(context: WgslContext, runs: Runs): RowReduction | null {
  const { rows, channels, lanes, unit, beside } = runs;
  if (context.tuning.workgroupMemory === 'used' || lanes !== lanesFor(channels)) return null;
  const units = Math.ceil(rows / unit);
  const wanted = Math.floor(context.tuning.threads / beside);
  const parts = Math.max(1, Math.min(wanted, PARTS_READ_INLINE, units));
  const share = Math.ceil(units / parts) * unit;
  return { rows, channels, lanes, sums: 2, share, parts: Math.ceil(rows / share) };
}

/** The pieces that a kernel weaves into its own. @param columns index of each column that a thread makes */
export function takenRowSums(
  context: WgslContext,
  shader: WgslShader,
  sums: RowSums,
  reduction: RowReduction,
  columns: readonly string[],
) {
  const vector = typeOf(reduction.lanes);
  const parts = context.scratch(partElements(reduction));
  const target = shader.writes('sumParts', parts, reduction.lanes);
  const { before, first, each, after, declarations } = sums(context, shader);
  shader.sizes('u32', { share: reduction.share });
  const kept = (j: number) => ['sumA', 'sumB', 'pivot'].map((name) => `${name}${j}`);
  return {
    parts: { reduction, parts },
    declarations,
    each,
    /** Declares `begin` and `end`, the rows of the part. */
    begin: (part: string) => `let part = ${part};
let begin = part * share;
let end = min(begin + share, rows);
${join(indices(columns.length), (j) => join(kept(j), (name) => `var ${name} = ${vector}(0);`))}`,
    first: (condition: string) => (first === '' ? '' : `if (${condition}) { ${first} }`),
    /** The statements of one column, `c`, in their own scope. */
    column: (j: number, statements: string) => `{
let c = ${columns[j]};
var a = sumA${j};
var b = sumB${j};
var pivot = pivot${j};
${before}
${statements}
sumA${j} = a;
sumB${j} = b;
pivot${j} = pivot;
}`,
    end: `let count = f32(end - begin);
${join(
  indices(columns.length),
  (j) => `{
let c = ${columns[j]};
var a = sumA${j};
var b = sumB${j};
let pivot = pivot${j};
${after}
${target}[part * 2u * width + c] = a;
${target}[part * 2u * width + width + c] = b;
}`,
)}`,
  };
}
