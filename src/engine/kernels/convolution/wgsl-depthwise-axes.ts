import type { ConvGeometry } from '../../step-plan/geometry';
import { indices } from '../wgsl/text';
import type { Tuning } from '../wgsl/tuning';

/** What a depthwise layer makes: its output from its input, or the input's gradient from the output's. */
export type Made = 'output' | 'inputGradient';

/** One axis of a block of results, and of the source that they are made from. */
export interface Axis {
  /** Results in a picture, and in a block. */
  readonly size: number;
  readonly block: number;
  readonly sourceSize: number;
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
export function blockAxes(tuning: Tuning, made: Made, g: ConvGeometry): { vertical: Axis; horizontal: Axis } {
  const { kernelHeight, strideHeight, padTop, kernelWidth, strideWidth, padLeft } = g;
  const vertical = { kernel: kernelHeight, stride: strideHeight, pad: padTop };
  const horizontal = { kernel: kernelWidth, stride: strideWidth, pad: padLeft };
  // A graphics processor hides loads behind those of other threads, and has few registers for each of them.
  const mostRows = tuning.depthwise === 'scalars' ? MOST : 1;
  if (made === 'output') {
    const heights = { size: g.outputHeight, sourceSize: g.inputHeight };
    const widths = { size: g.outputWidth, sourceSize: g.inputWidth };
    const rows = evenBlock(g.outputHeight, 1, Math.ceil(mostRows / strideHeight)) ?? 1;
    return {
      vertical: forwardAxis({ ...vertical, ...heights }, rows),
      horizontal: forwardAxis({ ...horizontal, ...widths }, lineBlock(g.outputWidth, 1)),
    };
  }
  const heights = { size: g.inputHeight, sourceSize: g.outputHeight };
  const widths = { size: g.inputWidth, sourceSize: g.outputWidth };
  const rows = evenBlock(g.inputHeight, strideHeight, mostRows) ?? strideHeight;
  return {
    vertical: backwardAxis({ ...vertical, ...heights }, rows),
    horizontal: backwardAxis({ ...horizontal, ...widths }, lineBlock(g.inputWidth, strideWidth)),
  };
}

/** Along a line a block may reach beyond the end, rather than be short. */
function lineBlock(size: number, stride: number): number {
  const even = evenBlock(size, stride, MOST);
  return even !== null && even * 2 > MOST ? even : stride * Math.max(1, Math.floor(MOST / stride));
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
): Pick<Axis, 'size' | 'block' | 'sourceSize' | 'taps' | 'uses' | 'pixels'> {
  const uses = indices(block).flatMap((result) =>
    indices(kernel)
      .map((tap) => ({ result, tap, pixel: pixelOf(result, tap) }))
      .filter(({ pixel }) => Number.isInteger(pixel)),
  );
  const pixels = [...new Set(uses.map(({ pixel }) => pixel))].sort((a, b) => a - b);
  return { size, block, sourceSize, taps: kernel, uses, pixels };
}
