import type { WindowGeometry } from '../../step-plan/geometry';
import type { ReferenceKernel } from '../reference/kernel';

/** Calls `visit` with each output index and the input indices of its window that lie in the picture, in row order. */
function forEachWindow(g: WindowGeometry, visit: (y: number, window: readonly number[]) => void): void {
  for (let n = 0; n < g.batch; n += 1)
    for (let i = 0; i < g.outputHeight; i += 1)
      for (let j = 0; j < g.outputWidth; j += 1)
        for (let c = 0; c < g.inputChannels; c += 1) {
          const window: number[] = [];
          for (let p = 0; p < g.kernelHeight; p += 1)
            for (let q = 0; q < g.kernelWidth; q += 1) {
              const h = i * g.strideHeight + p * g.dilationHeight - g.padTop;
              const w = j * g.strideWidth + q * g.dilationWidth - g.padLeft;
              if (h < 0 || h >= g.inputHeight || w < 0 || w >= g.inputWidth) continue;
              window.push(((n * g.inputHeight + h) * g.inputWidth + w) * g.inputChannels + c);
            }
          visit(((n * g.outputHeight + i) * g.outputWidth + j) * g.inputChannels + c, window);
        }
}

export const pool: ReferenceKernel<'maxPool' | 'averagePool'> = (call, view) => {
  const x = view(call.inputs.input);
  const y = view(call.outputs.output);
  forEachWindow(call.geometry, (yi, window) => {
    const values = window.map((xi) => x[xi]!);
    y[yi] =
      call.kind === 'maxPool'
        ? Math.max(...values)
        : values.reduce((sum, value) => sum + value, 0) / values.length;
  });
};

export const maxPoolGradient: ReferenceKernel<'maxPoolGradient'> = (call, view) => {
  const x = view(call.inputs.input);
  const dy = view(call.inputs.outputGradient);
  const dx = view(call.outputs.inputGradient).fill(0);
  forEachWindow(call.geometry, (yi, window) => {
    const first = window.reduce((best, xi) => (x[xi]! > x[best]! ? xi : best));
    dx[first]! += dy[yi]!;
  });
};

export const averagePoolGradient: ReferenceKernel<'averagePoolGradient'> = (call, view) => {
  const dy = view(call.inputs.outputGradient);
  const dx = view(call.outputs.inputGradient).fill(0);
  forEachWindow(call.geometry, (yi, window) => {
    for (const xi of window) dx[xi]! += dy[yi]! / window.length;
  });
};
