import type { ReferenceKernel } from '../reference/kernel';

/** Both directions are y[h, w] = x[h + dh, w + dw], 0 where that lies outside x. */
export const pad: ReferenceKernel<'pad' | 'crop'> = (call, view) => {
  const { channels } = call;
  const x = view(call.inputs.input);
  const y = view(call.outputs.output);
  const sign = call.kind === 'pad' ? -1 : 1;
  for (let n = 0; n < call.batch; n += 1)
    for (let h = 0; h < call.outputHeight; h += 1)
      for (let w = 0; w < call.outputWidth; w += 1)
        for (let c = 0; c < channels; c += 1) {
          const fromH = h + sign * call.top;
          const fromW = w + sign * call.left;
          const inside = fromH >= 0 && fromH < call.inputHeight && fromW >= 0 && fromW < call.inputWidth;
          const from = ((n * call.inputHeight + fromH) * call.inputWidth + fromW) * channels + c;
          y[((n * call.outputHeight + h) * call.outputWidth + w) * channels + c] = inside ? x[from]! : 0;
        }
};
