import type { WgslContext } from './context';
import type { Dispatch, Lanes, Range, WgslShader } from './shader';
import { typeOf } from './shader';

/** Sums over the rows of [rows, channels], in parts: first every part its share of rows, later the parts. */
export interface RowReduction {
  readonly rows: number;
  readonly channels: number;
  readonly lanes: Lanes;
  /** Sums kept beside each other: `a`, or `a` and `b`. */
  readonly sums: 1 | 2;
  readonly parts: number;
  /** Rows of every part but perhaps the last. */
  readonly share: number;
}

/** More parts than this are not added up by everybody who needs the sum, but once. */
export const PARTS_READ_INLINE = 32;

export function planRowReduction(
  context: WgslContext,
  sizes: Pick<RowReduction, 'rows' | 'channels' | 'lanes' | 'sums'>,
): RowReduction {
  const { rows, channels, lanes } = sizes;
  const width = channels / lanes;
  const together = context.tuning.workgroupMemory === 'used' ? 64 / blockWidth(width) : 1;
  const wanted = Math.max(1, Math.floor(context.tuning.threads / (width * together)));
  const most = context.tuning.workgroupMemory === 'used' ? 256 : PARTS_READ_INLINE;
  const parts = Math.max(1, Math.min(wanted, most, Math.ceil(rows / (8 * together))));
  const share = Math.ceil(rows / parts);
  return { ...sizes, share, parts: Math.ceil(rows / share) };
}

export function partElements({ parts, sums, channels }: RowReduction): number {
  return parts * sums * channels;
}

/** Neighbouring channels that one workgroup takes: a power of two, so that the rest of it divides rows. */
function blockWidth(width: number): number {
  let block = 1;
  while (block < 16 && block * 2 <= width) block *= 2;
  return block;
}

interface Statements {
  /** Before the loop; may use `c` and `begin`, the part's first row. */
  readonly before: string;
  /** For every row: may use `at`, its index of channel c; adds to `a` (and `b`). */
  readonly each: string;
  /** After the sums: may use `count`, the rows of the part; may change `a` and `b`. */
  readonly after: string;
}

/** The first pass: parts[part · stride + k · channels + c]. */
export function partsDispatch(
  context: WgslContext,
  shader: WgslShader,
  reduction: RowReduction,
  target: Range,
  statements: Statements,
  { declarations = '', stride = reduction.sums * reduction.channels } = {},
): Dispatch {
  const { rows, channels, lanes, sums, parts, share } = reduction;
  const width = channels / lanes;
  const t = typeOf(lanes);
  const out = shader.writes('parts', target, lanes);
  shader.sizes('u32', { rows, width, share, partStride: stride / lanes });
  const store = `${statements.after}
${out}[part * partStride + c] = a;
${sums === 2 ? `${out}[part * partStride + width + c] = b;` : ''}`;
  const loop = (from: string, step: string) => `let begin = part * share;
let end = min(begin + share, rows);
let count = f32(end - begin);
var a = ${t}(0);
var b = ${t}(0);
${statements.before}
for (var row = ${from}; row < end; row += ${step}) {
let at = row * width + c;
${statements.each}
}`;
  if (context.tuning.workgroupMemory === 'avoided') {
    const body = `let c = i % width;\nlet part = i / width;\n${loop('begin', '1u')}\n${store}`;
    return shader.finish({ threads: parts * width, workgroupSize: 16, declarations, body });
  }
  const block = blockWidth(width);
  const blocks = Math.ceil(width / block);
  shader.sizes('u32', { blocks });
  const body = `let c = min(group % blocks * ${block}u + lane % ${block}u, width - 1u);
let part = group / blocks;
${loop(`begin + lane / ${block}u`, `${64 / block}u`)}
sharedA[lane] = a;
sharedB[lane] = b;
workgroupBarrier();
for (var half = 32u; half >= ${block}u; half /= 2u) {
if (lane < half) { sharedA[lane] += sharedA[lane + half]; sharedB[lane] += sharedB[lane + half]; }
workgroupBarrier();
}
if (lane < ${block}u && group % blocks * ${block}u + lane < width) {
a = sharedA[lane];
b = sharedB[lane];
${store}
}`;
  return shader.finish({
    groups: parts * blocks,
    declarations: `${declarations}
var<workgroup> sharedA: array<${t}, 64>;
var<workgroup> sharedB: array<${t}, 64>;`,
    body,
  });
}
