import type { ConvGeometry } from '../../step-plan/geometry';
import { activate } from '../activation/formulas';
import { optionalView, type ReferenceKernel } from '../reference/kernel';

/**
 * Calls `visit` for every product of a convolution: the indices of x[n, h, w, c], w[p, q, c, o] and
 * y[n, i, j, o]. Forward and both gradients are sums over the same products. A depthwise filter
 * [kh, kw, channels, multiplier] is in memory a grouped one [kh, kw, 1, channels · multiplier].
 */
function forEachProduct(g: ConvGeometry, visit: (x: number, w: number, y: number) => void): void {
  const groupInputs = g.inputChannels / g.groups;
  const groupOutputs = g.outputChannels / g.groups;
  for (let n = 0; n < g.batch; n += 1)
    for (let i = 0; i < g.outputHeight; i += 1)
      for (let j = 0; j < g.outputWidth; j += 1)
        for (let p = 0; p < g.kernelHeight; p += 1) {
          const h = i * g.strideHeight + p * g.dilationHeight - g.padTop;
          if (h < 0 || h >= g.inputHeight) continue;
          for (let q = 0; q < g.kernelWidth; q += 1) {
            const w = j * g.strideWidth + q * g.dilationWidth - g.padLeft;
            if (w < 0 || w >= g.inputWidth) continue;
            const pixel = ((n * g.inputHeight + h) * g.inputWidth + w) * g.inputChannels;
            const place = ((n * g.outputHeight + i) * g.outputWidth + j) * g.outputChannels;
            const tap = (p * g.kernelWidth + q) * groupInputs;
            for (let o = 0; o < g.outputChannels; o += 1) {
              const first = Math.floor(o / groupOutputs) * groupInputs;
              for (let c = 0; c < groupInputs; c += 1)
                visit(pixel + first + c, (tap + c) * g.outputChannels + o, place + o);
            }
          }
        }
}

export const conv2d: ReferenceKernel<'conv2d' | 'depthwiseConv2d'> = (call, view) => {
  const x = view(call.inputs.input);
  const filter = view(call.inputs.filter);
  const bias = optionalView(view, call.inputs.bias);
  const residual = optionalView(view, call.inputs.residual);
  const y = view(call.outputs.output);
  const { outputChannels } = call.geometry;
  for (let i = 0; i < y.length; i += 1) y[i] = (bias?.[i % outputChannels] ?? 0) + (residual?.[i] ?? 0);
  forEachProduct(call.geometry, (xi, wi, yi) => {
    y[yi]! += x[xi]! * filter[wi]!;
  });
  for (let i = 0; i < y.length; i += 1) y[i] = activate(call.activation, y[i]!);
};

export const conv2dInputGradient: ReferenceKernel<'conv2dInputGradient' | 'depthwiseConv2dInputGradient'> = (
  call,
  view,
) => {
  const dy = view(call.inputs.outputGradient);
  const filter = view(call.inputs.filter);
  const dx = view(call.outputs.inputGradient);
  if (call.write === 'overwrite') dx.fill(0);
  forEachProduct(call.geometry, (xi, wi, yi) => {
    dx[xi]! += dy[yi]! * filter[wi]!;
  });
};

export const conv2dFilterGradient: ReferenceKernel<
  'conv2dFilterGradient' | 'depthwiseConv2dFilterGradient'
> = (call, view) => {
  const x = view(call.inputs.input);
  const dy = view(call.inputs.outputGradient);
  const dw = view(call.outputs.filterGradient);
  dw.fill(0);
  forEachProduct(call.geometry, (xi, wi, yi) => {
    dw[wi]! += x[xi]! * dy[yi]!;
  });
};
