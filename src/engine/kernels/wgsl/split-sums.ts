import type { Dispatch, Range, WgslShader } from './shader';

/** A result that was worked out in parts, `stride` elements apart. */
export interface SplitSum {
  readonly target: Range;
  readonly parts: Range;
  readonly splits: number;
  readonly stride: number;
}

const VECTORS_PER_GROUP = 64;

/**
 * Adds up the parts of any number of results in one dispatch, each in the order of its parts. Every workgroup
 * takes 64 vectors of one result and finds in a table where they are.
 */
export function sumDispatch(shader: WgslShader, sums: readonly SplitSum[]): Dispatch {
  const hullOf = (ranges: readonly Range[]): Range => {
    const offset = Math.min(...ranges.map((range) => range.offset));
    const end = Math.max(...ranges.map((range) => range.offset + range.elements));
    return { space: ranges[0]!.space, offset, elements: end - offset, format: 'float32' };
  };
  const allParts = hullOf(sums.map((sum) => sum.parts));
  const allTargets = hullOf(sums.map((sum) => sum.target));
  const rows: number[] = [];
  for (const { target, parts, splits, stride } of sums) {
    const vectors = Math.ceil(target.elements / 4);
    for (let first = 0; first < vectors; first += VECTORS_PER_GROUP) {
      const count = Math.min(VECTORS_PER_GROUP, vectors - first);
      rows.push(
        (parts.offset - allParts.offset) / 4 + first,
        stride / 4,
        splits + count * 2 ** 16,
        (target.offset - allTargets.offset) / 4 + first,
      );
    }
  }
  const p = shader.reads('parts', allParts, 4);
  const y = shader.writes('y', allTargets, 4);
  const body = `let segment = segments[group];
let splits = segment.z & 0xffffu;
if (lane >= segment.z >> 16u) { return; }
var sum = ${p}[segment.x + lane];
for (var part = 1u; part < splits; part++) { sum += ${p}[segment.x + part * segment.y + lane]; }
${y}[segment.w + lane] = sum;`;
  const dispatch = shader.finish({ groups: rows.length / 4, table: Uint32Array.from(rows), body });
  const elements = sums.reduce((total, sum) => total + (sum.splits + 1) * sum.target.elements, 0);
  return { ...dispatch, trafficBytes: elements * Float32Array.BYTES_PER_ELEMENT };
}
