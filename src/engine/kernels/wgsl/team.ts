import { type Lanes, typeOf } from './shader';

/** Threads of a workgroup. */
export const TEAM = 64;

/**
 * How a workgroup shares the rows of a part: `across` threads take columns side by side, `turns` of them the same
 * columns of other rows, whose sums it adds up in workgroup memory.
 */
export interface Team {
  readonly across: number;
  readonly turns: number;
  /** Where a thread leaves its two sums and how many rows they are of, for the others. */
  readonly shared: (lane: string) => { readonly a: string; readonly b: string; readonly count: string };
  readonly declarations: string;
}

/** Columns that neighbours load together. */
const MOST_ACROSS = 16;

/** Few columns a team, so that it makes many rows and parts are few; evenly, so that few threads are idle. */
export function teamOver(columns: number, lanes: Lanes): Team {
  const across = Math.ceil(columns / Math.ceil(columns / MOST_ACROSS));
  const sums = `array<${typeOf(lanes)}, ${TEAM}>`;
  return {
    across,
    turns: Math.floor(TEAM / across),
    shared: (lane) => ({ a: `sharedA[${lane}]`, b: `sharedB[${lane}]`, count: `sharedCount[${lane}]` }),
    declarations: `var<workgroup> sharedA: ${sums};
var<workgroup> sharedB: ${sums};
var<workgroup> sharedCount: array<f32, ${TEAM}>;`,
  };
}

/**
 * Leaves in the first turn's `a`, `b` and `count` those of all turns, by `merge`; all threads of the workgroup must
 * come here. `turn`, `turns` and `across` must stand.
 */
export function mergeTurns({ shared }: Team, merge: string): string {
  const [own, other] = [shared('lane'), shared('other')];
  const leave = `${own.a} = a;\n${own.b} = b;\n${own.count} = count;`;
  return `${leave}
workgroupBarrier();
for (var remaining = turns; remaining > 1u; remaining = (remaining + 1u) / 2u) {
let half = (remaining + 1u) / 2u;
if (turn + half < remaining) {
let other = lane + half * across;
let otherA = ${other.a};
let otherB = ${other.b};
let otherCount = ${other.count};
${merge}
count += otherCount;
${leave}
}
workgroupBarrier();
}`;
}
