import type { ConvGeometry } from '../../step-plan/geometry';
import { type Lanes, typeOf } from '../wgsl/shader';
import { indices, join } from '../wgsl/text';
import { placeAfter, placesFrom } from './wgsl-geometry';

/** What a filter's gradient is made of: parts of the filter, each a matrix of so many rows of inputs. */
export interface FilterParts {
  readonly cut: 'one' | 'taps' | 'rows';
  readonly count: number;
  /** In vectors. */
  readonly inputs: number;
}

/**
 * A filter with a window is cut into its taps; or only into its rows where channels are few, as a picture's three are:
 * they and those of the next pixel lie beside each other.
 */
export function filterParts(g: ConvGeometry, product: boolean, inputLanes: Lanes): FilterParts {
  const inputs = g.inputChannels / g.groups / inputLanes;
  if (product) return { cut: 'one', count: 1, inputs };
  if (inputLanes === 1 && g.groups === 1 && g.dilationWidth === 1) {
    return { cut: 'rows', count: g.kernelHeight, inputs: g.kernelWidth * inputs };
  }
  return { cut: 'taps', count: g.kernelHeight * g.kernelWidth, inputs };
}

/** How a thread goes along its places: `part` of the filter, `block` of its inputs, `first` of them must stand. */
interface AlongPlaces {
  /** Before the loop over places `m`, which begins at `begin`. */
  readonly start: string;
  /** Declares `p`, where the inputs of place `m` are. */
  readonly place: string;
  /** The input `b` of the block there; zero outside of the picture. */
  readonly input: (b: number) => string;
  readonly next: string;
}

export function alongPlaces(
  { cut }: FilterParts,
  tileInputs: number,
  x: string,
  inputLanes: Lanes,
): AlongPlaces {
  const at = (b: number) => `${x}[p + ${b}u]`;
  if (cut === 'one') return { start: '', place: 'let p = m * inputVectors + first;', input: at, next: '' };
  const isInside = (column: string) => `isLine & (${column} >= 0) & (${column} < inputWidth)`;
  const [down, along, tapOf] =
    cut === 'taps'
      ? ['i32(tap) / kernelWidth', 'i32(tap) % kernelWidth * dilationWidth', '']
      : [
          'i32(tap)',
          '0',
          join(
            indices(tileInputs),
            (b) => `let tap${b} = i32((block * ${tileInputs}u + ${b}u) / inputVectors);`,
          ),
        ];
  return {
    start: `let down = ${down} * dilationHeight - padTop;
let along = ${along} - padLeft;
${tapOf}
${placesFrom('begin', 1, 'outputWidth', 'outputHeight')}
var column = column0;
var line = line0;
var picture = picture0;`,
    place: `let iy = line * strideHeight + down;
let ix = column * strideWidth + along;
let isLine = (iy >= 0) & (iy < inputHeight);
let isInside = ${isInside('ix')};
let p = u32((picture * inputHeight + iy) * inputWidth + ix) * inputVectors + first;`,
    input: (b) =>
      `select(${typeOf(inputLanes)}(0), ${at(b)}, ${cut === 'taps' ? 'isInside' : isInside(`(ix + tap${b})`)})`,
    next: `${placeAfter('', 'Next', 'outputWidth', 'outputHeight')}
column = columnNext;
line = lineNext;
picture = pictureNext;`,
  };
}
