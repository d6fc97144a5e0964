import type { ConvGeometry } from '../../step-plan/geometry';
import { indices } from '../wgsl/text';

/** What a depthwise layer makes: its output from its input, or the input's gradient from the output's. */
export type Made = 'output' | 'inputGradient';

/** How the results of a picture are cut along one axis, and how long the source is along it. */
export interface Cut {
  /** Results in a picture, and in a block. */
  readonly size: number;
  readonly block: number;
  /** Whether blocks leave nothing of a picture over. */
  readonly isEven: boolean;
  readonly sourceSize: number;
}

/** One axis of a block of results. */
export interface Axis extends Cut {
  /** Of the filter. */
  readonly taps: number;
  /** Which pixels, as offsets from the block's first one, go into which of its results, by which tap. */
  readonly uses: readonly { readonly result: number; readonly tap: number; readonly pixel: number }[];
  /** Those pixels, each once, in order. */
  readonly pixels: readonly number[];
  /** WGSL of the first pixel of the block that begins at `position`; both i32. */
  readonly firstPixel: (position: string) => string;
  /** Whether some block has this pixel before the source's first, or after its last. */
  readonly mayPrecede: (pixel: number) => boolean;
  readonly mayExceed: (pixel: number) => boolean;
}

interface Sizes {
  readonly size: number;
  readonly sourceSize: number;
  readonly kernel: number;
  readonly stride: number;
  readonly pad: number;
}

/** Results along a side of a block: enough that most pixels of it go into several. */
const MOST = 4;

/** How results are cut into blocks: down a picture into whole ones, where its height and the stride allow it. */
export function blockAxes(
  made: Made,
  g: ConvGeometry,
): { readonly vertical: Axis; readonly horizontal: Axis } {
  const { vertical, horizontal } = sizesOf(made, g);
  if (made === 'output') {
    const rows = evenBlock(vertical.size, 1, Math.ceil(MOST / vertical.stride)) ?? 1;
    const columns = evenBlock(horizontal.size, 1, MOST) ?? 1;
    return {
      vertical: forwardAxis(vertical, rows),
      // Along a line a block may reach beyond the end, rather than be short.
      horizontal: forwardAxis(horizontal, columns * 2 > MOST ? columns : MOST),
    };
  }
  const rows = evenBlock(vertical.size, vertical.stride, MOST) ?? vertical.stride;
  const columns = evenBlock(horizontal.size, horizontal.stride, MOST) ?? 1;
  return {
    vertical: backwardAxis(vertical, rows),
    horizontal: backwardAxis(horizontal, columns * 2 > MOST ? columns : wholeStrides(horizontal.stride)),
  };
}

/** Single lines of results, which go over the rows of the filter, `ky`: the first, the step, and the source's row. */
export interface Lines extends Cut {
  readonly first: string;
  readonly step: number;
  readonly row: string;
}

/** How results are cut into short lines, whatever their size, so that layers of other sizes share a shader. */
export function lineAxes(
  made: Made,
  g: ConvGeometry,
): { readonly vertical: Lines; readonly horizontal: Axis } {
  const { vertical, horizontal } = sizesOf(made, g);
  const { size, sourceSize, stride, pad } = vertical;
  const lines = { size, sourceSize, block: 1, isEven: true };
  if (made === 'output') {
    const axis = forwardAxis(horizontal, MOST);
    return {
      vertical: { ...lines, first: '0', step: 1, row: `down * ${stride} - ${pad} + ky` },
      horizontal: { ...axis, isEven: false, mayExceed: () => true },
    };
  }
  const axis = backwardAxis(horizontal, wholeStrides(horizontal.stride));
  const first = `(down + ${pad}) % ${stride}`;
  return {
    vertical: { ...lines, first, step: stride, row: `(down + ${pad} - ky) / ${stride}` },
    horizontal: { ...axis, isEven: false, mayExceed: () => true },
  };
}

function sizesOf(made: Made, g: ConvGeometry): { readonly vertical: Sizes; readonly horizontal: Sizes } {
  const vertical = { kernel: g.kernelHeight, stride: g.strideHeight, pad: g.padTop };
  const horizontal = { kernel: g.kernelWidth, stride: g.strideWidth, pad: g.padLeft };
  return made === 'output'
    ? {
        vertical: { ...vertical, size: g.outputHeight, sourceSize: g.inputHeight },
        horizontal: { ...horizontal, size: g.outputWidth, sourceSize: g.inputWidth },
      }
    : {
        vertical: { ...vertical, size: g.inputHeight, sourceSize: g.outputHeight },
        horizontal: { ...horizontal, size: g.inputWidth, sourceSize: g.outputWidth },
      };
}

function wholeStrides(stride: number): number {
  return stride * Math.max(1, Math.floor(MOST / stride));
}

/** The longest block up to `most`, of whole strides, that leaves nothing over; null: there is none. */
function evenBlock(size: number, stride: number, most: number): number | null {
  for (let block = most; block >= stride; block -= 1) {
    if (block % stride === 0 && size % block === 0) return block;
  }
  return null;
}

/** result[p] = Σ source[p · stride − pad + tap] · filter[tap] */
function forwardAxis(sizes: Sizes, block: number): Axis {
  const { size, sourceSize, stride, pad } = sizes;
  const lastFirst = (Math.ceil(size / block) - 1) * block * stride - pad;
  return {
    ...usesOf(sizes, block, (result, tap) => result * stride + tap),
    firstPixel: (position) => `${position} * ${stride} - ${pad}`,
    mayPrecede: (pixel) => pixel < pad,
    mayExceed: (pixel) => lastFirst + pixel >= sourceSize,
  };
}

/**
 * result[p] = Σ source[(p + pad − tap) / stride] · filter[tap], over the taps where that is whole: the same ones for
 * each block, since blocks are whole strides.
 */
function backwardAxis(sizes: Sizes, block: number): Axis {
  const { size, sourceSize, stride, pad } = sizes;
  const lastFirst = ((Math.ceil(size / block) - 1) * block) / stride;
  return {
    ...usesOf(sizes, block, (result, tap) => (result + pad - tap) / stride),
    firstPixel: (position) => `${position} / ${stride}`,
    mayPrecede: (pixel) => pixel < 0,
    mayExceed: (pixel) => lastFirst + pixel >= sourceSize,
  };
}

function usesOf(
  { size, sourceSize, kernel }: Sizes,
  block: number,
  pixelOf: (result: number, tap: number) => number,
): Omit<Axis, 'firstPixel' | 'mayPrecede' | 'mayExceed'> {
  const uses = indices(block).flatMap((result) =>
    indices(kernel)
      .map((tap) => ({ result, tap, pixel: pixelOf(result, tap) }))
      .filter(({ pixel }) => Number.isInteger(pixel)),
  );
  const pixels = [...new Set(uses.map(({ pixel }) => pixel))].sort((a, b) => a - b);
  return { size, block, isEven: size % block === 0, sourceSize, taps: kernel, uses, pixels };
}
