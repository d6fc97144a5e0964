import type { WgslContext } from './context';
import { type Lanes, typeOf } from './shader';
import { TEAM } from './team';

/** Who adds up the parts of a channel: every thread that needs the sums all of them, or a workgroup together. */
export interface PartsReader {
  /** The loop over the parts that a thread adds up. */
  readonly over: (statements: string) => string;
  /** Makes of a thread's sum of theirs that of all parts, in every thread. */
  readonly total: (sum: string) => string;
}

export const EACH_ALONE: PartsReader = {
  over: (statements) => `for (var part = 0u; part < parts; part++) {\n${statements}\n}`,
  total: () => '',
};

/** Needs `sharedSum`; all threads of the workgroup must come here. */
const TOGETHER: PartsReader = {
  over: (statements) => `for (var part = lane; part < parts; part += ${TEAM}u) {\n${statements}\n}`,
  total: (sum) => `sharedSum[lane] = ${sum};
workgroupBarrier();
for (var half = ${TEAM / 2}u; half > 0u; half /= 2u) {
if (lane < half) { sharedSum[lane] += sharedSum[lane + half]; }
workgroupBarrier();
}
${sum} = sharedSum[0];
workgroupBarrier();`,
};

function sharedSum(lanes: Lanes): string {
  return `var<workgroup> sharedSum: array<${typeOf(lanes)}, ${TEAM}>;`;
}

/** The dispatch that adds up the parts of so many columns, `c`, once for all who need the sums. */
export function columnsOf(context: WgslContext, columns: number, lanes: Lanes) {
  if (context.tuning.workgroupMemory === 'avoided') {
    return { reader: EACH_ALONE, c: 'i', isWriter: 'true', workers: { threads: columns, workgroupSize: 16 } };
  }
  const workers = { groups: columns, declarations: sharedSum(lanes) };
  return { reader: TOGETHER, c: 'group', isWriter: 'lane == 0u', workers };
}
