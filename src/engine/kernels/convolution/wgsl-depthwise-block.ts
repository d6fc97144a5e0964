import { type Lanes, typeOf, type WgslShader } from '../wgsl/shader';
import { indices, join } from '../wgsl/text';
import type { Axis } from './wgsl-depthwise-axes';

/** The WGSL of one block of results of channel `c` (or four). */
export interface BlockText {
  /** Declares the filter of the channel. */
  readonly filter: string;
  /** Loads the pixels of the block at row `down` and column `along` of picture `n`, all i32: each of them once. */
  readonly load: string;
  /** Runs the statements for every result of the block, with its index `at` and its value. */
  readonly store: (statements: (value: string, isFirst: boolean) => string) => string;
}

/** There are no branches: what lies outside of the source is set to zero. `width`, vectors in a row, must stand. */
export function blockText(
  shader: WgslShader,
  { vertical, horizontal }: { readonly vertical: Axis; readonly horizontal: Axis },
  names: { readonly source: string; readonly filter: string },
  lanes: Lanes,
): BlockText {
  const type = typeOf(lanes);
  const { size: height, sourceSize: sourceHeight } = vertical;
  const { size: lineWidth, sourceSize: sourceWidth } = horizontal;
  shader.sizes('i32', { height, lineWidth, sourceHeight, sourceWidth });
  const filter = join(indices(vertical.taps), (ky) =>
    join(
      indices(horizontal.taps),
      (kx) => `let w${ky}_${kx} = ${names.filter}[${ky * horizontal.taps + kx}u * width + c];`,
    ),
  );
  const pixelAt = (y: number, x: number) => {
    const value = `${names.source}[u32(row_${nameOf(y)} + ${x} * i32(width))]`;
    const conditions = [
      ...limits(vertical, y, 'top', 'sourceHeight'),
      ...limits(horizontal, x, 'left', 'sourceWidth'),
    ];
    return conditions.length === 0 ? value : `select(${type}(0), ${value}, ${conditions.join(' & ')})`;
  };
  const load = `let top = ${vertical.firstPixel('down')};
let left = ${horizontal.firstPixel('along')};
${join(
  vertical.pixels,
  (y) => `let row_${nameOf(y)} = ((n * sourceHeight + top + ${y}) * sourceWidth + left) * i32(width) + i32(c);
${join(horizontal.pixels, (x) => `let v${nameOf(y)}_${nameOf(x)} = ${pixelAt(y, x)};`)}`,
)}
let firstAt = u32((n * height + down) * lineWidth + along) * width + c;`;
  const store = (statements: (value: string, isFirst: boolean) => string) =>
    join(indices(vertical.block), (row) =>
      join(indices(horizontal.block), (column) => {
        const conditions = [
          ...(height % vertical.block === 0 ? [] : [`(down + ${row} < height)`]),
          ...(lineWidth % horizontal.block === 0 ? [] : [`(along + ${column} < lineWidth)`]),
        ];
        return `${conditions.length === 0 ? '' : `if (${conditions.join(' & ')}) `}{
let at = firstAt + u32(${row} * lineWidth + ${column}) * width;
${statements(sumOf(vertical, horizontal, row, column, type), row === 0 && column === 0)}
}`;
      }),
    );
  return { filter, load, store };
}

/** What must hold for a pixel to lie in the source, as far as that is not certain. */
function limits(axis: Axis, pixel: number, first: string, size: string): readonly string[] {
  return [
    ...(axis.mayPrecede(pixel) ? [`(${first} + ${pixel} >= 0)`] : []),
    ...(axis.mayExceed(pixel) ? [`(${first} + ${pixel} < ${size})`] : []),
  ];
}

/** Backward, a stride may leave a result without any. */
function sumOf(vertical: Axis, horizontal: Axis, row: number, column: number, type: string): string {
  const terms = vertical.uses
    .filter(({ result }) => result === row)
    .flatMap((y) =>
      horizontal.uses
        .filter(({ result }) => result === column)
        .map((x) => `v${nameOf(y.pixel)}_${nameOf(x.pixel)} * w${y.tap}_${x.tap}`),
    );
  return terms.length === 0 ? `${type}(0)` : terms.join(' + ');
}

/** A pixel's offset as a part of a name. */
function nameOf(pixel: number): string {
  return pixel < 0 ? `m${-pixel}` : String(pixel);
}
