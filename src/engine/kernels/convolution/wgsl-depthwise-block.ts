import type { ConvGeometry } from '../../step-plan/geometry';
import { type Lanes, typeOf, type WgslShader } from '../wgsl/shader';
import { indices, join } from '../wgsl/text';
import { type Axis, blockAxes, type Cut, lineAxes, type Made } from './wgsl-depthwise-axes';

/** How a thread makes a block of results of channel `c` (or four) of one picture, in WGSL. */
export interface BlockText {
  readonly vertical: Cut;
  readonly horizontal: Cut;
  /** Declares what is the same for all blocks of the channel. */
  readonly start: string;
  /** Works out the block at row `down` and column `along` of picture `n`, all i32. */
  readonly make: string;
  /** Runs the statements for every result of the block, with its index `at` and its value. */
  readonly store: (statements: (value: string, isFirst: boolean) => string) => string;
}

interface Layer {
  readonly made: Made;
  readonly g: ConvGeometry;
  readonly lanes: Lanes;
  /** Names of the arrays. */
  readonly source: string;
  readonly filter: string;
}

/**
 * Without a loop or a branch: the filter is kept, each pixel is loaded once a block, and what lies outside of the source
 * is set to zero. `width`, vectors in a row, must stand.
 */
export function wholeBlock(shader: WgslShader, { made, g, lanes, source, filter }: Layer): BlockText {
  const { vertical, horizontal } = blockAxes(made, g);
  const type = typeOf(lanes);
  declareSizes(shader, vertical, horizontal);
  const weight = (ky: number, kx: number) => `${filter}[${ky * horizontal.taps + kx}u * width + c]`;
  const pixel = (y: number, x: number) =>
    orZero(type, `${source}[u32(row_${nameOf(y)} + ${x} * i32(width))]`, [
      ...limits(vertical, y, 'top', 'sourceHeight'),
      ...limits(horizontal, x, 'left', 'sourceWidth'),
    ]);
  const termsOf = (row: number, column: number) =>
    usesOf(vertical, row).flatMap((y) =>
      usesOf(horizontal, column).map((x) => `v${nameOf(y.pixel)}_${nameOf(x.pixel)} * w${y.tap}_${x.tap}`),
    );
  return {
    vertical,
    horizontal,
    start: join(indices(vertical.taps), (ky) =>
      join(indices(horizontal.taps), (kx) => `let w${ky}_${kx} = ${weight(ky, kx)};`),
    ),
    make: `let top = ${vertical.firstPixel('down')};
let left = ${horizontal.firstPixel('along')};
${join(
  vertical.pixels,
  (y) => `let row_${nameOf(y)} = ${rowOf(`top + ${y}`)};
${join(horizontal.pixels, (x) => `let v${nameOf(y)}_${nameOf(x)} = ${pixel(y, x)};`)}`,
)}
${FIRST_RESULT}`,
    store: resultsOf(vertical, horizontal, (row, column) => sumOf(type, termsOf(row, column))),
  };
}

/**
 * One line of results, in a loop over the rows of the filter: a graphics processor hides its loads behind those of other
 * threads, has few registers for each of them, and compiles what is short sooner.
 */
export function lineBlock(shader: WgslShader, { made, g, lanes, source, filter }: Layer): BlockText {
  const { vertical, horizontal } = lineAxes(made, g);
  const type = typeOf(lanes);
  declareSizes(shader, vertical, horizontal);
  const pixel = (x: number) =>
    orZero(type, `${source}[u32(row + ${x} * i32(width))]`, limits(horizontal, x, 'left', 'sourceWidth'));
  const columns = indices(horizontal.block);
  const terms = (column: number) => usesOf(horizontal, column).map((x) => `v${nameOf(x.pixel)} * w${x.tap}`);
  return {
    vertical,
    horizontal,
    start: '',
    make: `let left = ${horizontal.firstPixel('along')};
${join(columns, (column) => `var a${column} = ${type}(0);`)}
for (var ky = ${vertical.first}; ky < ${g.kernelHeight}; ky += ${vertical.step}) {
let y = ${vertical.row};
if ((y < 0) | (y >= sourceHeight)) { continue; }
let row = ${rowOf('y')};
${join(indices(horizontal.taps), (kx) => `let w${kx} = ${filter}[u32(ky * ${horizontal.taps} + ${kx}) * width + c];`)}
${join(horizontal.pixels, (x) => `let v${nameOf(x)} = ${pixel(x)};`)}
${join(columns, (column) => `a${column} += ${sumOf(type, terms(column))};`)}
}
${FIRST_RESULT}`,
    store: resultsOf(vertical, horizontal, (_row, column) => `a${column}`),
  };
}

function declareSizes(shader: WgslShader, vertical: Cut, horizontal: Cut): void {
  shader.sizes('i32', { height: vertical.size, lineWidth: horizontal.size });
  shader.sizes('i32', { sourceHeight: vertical.sourceSize, sourceWidth: horizontal.sourceSize });
}

const FIRST_RESULT = 'let firstAt = u32((n * height + down) * lineWidth + along) * width + c;';

/** Index of channel `c` at column `left` of a row of the source; i32, since that may lie before the row. */
function rowOf(y: string): string {
  return `((n * sourceHeight + ${y}) * sourceWidth + left) * i32(width) + i32(c)`;
}

function resultsOf(
  vertical: Cut,
  horizontal: Cut,
  value: (row: number, column: number) => string,
): BlockText['store'] {
  return (statements) =>
    join(indices(vertical.block), (row) =>
      join(indices(horizontal.block), (column) => {
        const conditions = [
          ...(vertical.isEven ? [] : [`(down + ${row} < height)`]),
          ...(horizontal.isEven ? [] : [`(along + ${column} < lineWidth)`]),
        ];
        return `${conditions.length === 0 ? '' : `if (${conditions.join(' & ')}) `}{
let at = firstAt + u32(${row} * lineWidth + ${column}) * width;
${statements(value(row, column), row === 0 && column === 0)}
}`;
      }),
    );
}

function usesOf(axis: Axis, result: number): Axis['uses'] {
  return axis.uses.filter((use) => use.result === result);
}

/** Backward, a stride may leave a result without any term. */
function sumOf(type: string, terms: readonly string[]): string {
  return terms.length === 0 ? `${type}(0)` : terms.join(' + ');
}

/** What must hold for a pixel to lie in the source, as far as that is not certain. */
function limits(axis: Axis, pixel: number, first: string, size: string): readonly string[] {
  return [
    ...(axis.mayPrecede(pixel) ? [`(${first} + ${pixel} >= 0)`] : []),
    ...(axis.mayExceed(pixel) ? [`(${first} + ${pixel} < ${size})`] : []),
  ];
}

function orZero(type: string, value: string, conditions: readonly string[]): string {
  return conditions.length === 0 ? value : `select(${type}(0), ${value}, ${conditions.join(' & ')})`;
}

/** A pixel's offset as a part of a name. */
function nameOf(pixel: number): string {
  return pixel < 0 ? `m${-pixel}` : String(pixel);
}
