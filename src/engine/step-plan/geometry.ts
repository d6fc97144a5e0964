import type { Padding } from '../../core/graph/graph';
import { resolveAxis } from '../../core/graph/window-axis';

/** Where a window of a convolution or pooling goes: all paddings are resolved to numbers. NHWC. */
export interface WindowGeometry {
  readonly batch: number;
  readonly inputHeight: number;
  readonly inputWidth: number;
  readonly inputChannels: number;
  readonly outputHeight: number;
  readonly outputWidth: number;
  readonly outputChannels: number;
  readonly kernelHeight: number;
  readonly kernelWidth: number;
  readonly strideHeight: number;
  readonly strideWidth: number;
  readonly dilationHeight: number;
  readonly dilationWidth: number;
  /** Rows above the picture; those below follow from the output height. */
  readonly padTop: number;
  readonly padLeft: number;
}

/** Filter [kernelHeight, kernelWidth, inputChannels / groups, outputChannels]. */
export interface ConvGeometry extends WindowGeometry {
  /** Output channel o reads the input channels of group ⌊o · groups / outputChannels⌋ only. */
  readonly groups: number;
}

type Pair = readonly [height: number, width: number];

export interface WindowSpec {
  readonly kernelSize: Pair;
  readonly strides: Pair;
  readonly dilation: Pair;
  readonly padding: Padding;
}

/** Resolves `same`, `valid` or explicit padding for one input size. Height first. */
export function resolveWindow(
  batch: number,
  input: readonly [height: number, width: number, channels: number],
  outputChannels: number,
  window: WindowSpec,
): WindowGeometry {
  const { padding } = window;
  const explicit = typeof padding === 'object';
  const rows = explicit ? { before: padding.top, after: padding.bottom } : padding;
  const columns = explicit ? { before: padding.left, after: padding.right } : padding;
  const vertical = resolveAxis(input[0], window.kernelSize[0], window.strides[0], window.dilation[0], rows);
  const horizontal = resolveAxis(
    input[1],
    window.kernelSize[1],
    window.strides[1],
    window.dilation[1],
    columns,
  );
  return {
    batch,
    inputHeight: input[0],
    inputWidth: input[1],
    inputChannels: input[2],
    outputHeight: vertical.output,
    outputWidth: horizontal.output,
    outputChannels,
    kernelHeight: window.kernelSize[0],
    kernelWidth: window.kernelSize[1],
    strideHeight: window.strides[0],
    strideWidth: window.strides[1],
    dilationHeight: window.dilation[0],
    dilationWidth: window.dilation[1],
    padTop: vertical.before,
    padLeft: horizontal.before,
  };
}

/** A convolution that is one matrix product: [rows, inputChannels] · [inputChannels, outputChannels]. */
export function isMatrixProduct(geometry: ConvGeometry): boolean {
  return (
    geometry.kernelHeight === 1 &&
    geometry.kernelWidth === 1 &&
    geometry.strideHeight === 1 &&
    geometry.strideWidth === 1 &&
    geometry.groups === 1 &&
    geometry.padTop === 0 &&
    geometry.padLeft === 0 &&
    geometry.outputHeight === geometry.inputHeight &&
    geometry.outputWidth === geometry.inputWidth
  );
}
