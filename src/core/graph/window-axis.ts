/** Padding along one axis, in pixels where it is explicit. */
export type AxisPadding = 'same' | 'valid' | { readonly before: number; readonly after: number };

/**
 * How many positions a window takes along one axis, and the zeros before the first pixel.
 * `same` is TensorFlow's: ⌈input / stride⌉ positions, the odd zero at the end. The output is 0 or less
 * where the window does not fit.
 */
export function resolveAxis(
  input: number,
  kernel: number,
  stride: number,
  dilation: number,
  padding: AxisPadding,
): { readonly output: number; readonly before: number } {
  const extent = (kernel - 1) * dilation + 1;
  if (padding === 'same') {
    const output = Math.ceil(input / stride);
    const total = Math.max(0, (output - 1) * stride + extent - input);
    return { output, before: Math.floor(total / 2) };
  }
  const before = padding === 'valid' ? 0 : padding.before;
  const after = padding === 'valid' ? 0 : padding.after;
  return { output: Math.floor((input + before + after - extent) / stride) + 1, before };
}
