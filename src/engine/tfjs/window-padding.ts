import type { ExplicitPadding, Padding } from '../../core/graph/graph';
import { resolveAxis } from '../../core/graph/window-axis';

type Pair = readonly [height: number, width: number];

/** `same` and `valid` as rows and columns of zeros, for one input size. */
export function explicitPadding(
  input: Pair,
  kernelSize: Pair,
  strides: Pair,
  padding: Padding,
): ExplicitPadding {
  if (typeof padding === 'object') return padding;
  const [top, bottom] = alongAxis(input[0], kernelSize[0], strides[0], padding);
  const [left, right] = alongAxis(input[1], kernelSize[1], strides[1], padding);
  return { top, bottom, left, right };
}

function alongAxis(
  input: number,
  kernel: number,
  stride: number,
  padding: 'same' | 'valid',
): readonly [number, number] {
  if (padding === 'valid') return [0, 0];
  const { output, before } = resolveAxis(input, kernel, stride, 1, padding);
  return [before, Math.max(0, (output - 1) * stride + kernel - input - before)];
}

export function isZero({ top, bottom, left, right }: ExplicitPadding): boolean {
  return top === 0 && bottom === 0 && left === 0 && right === 0;
}
