import { activate } from '../activation/formulas';
import type { ReferenceKernel } from '../reference/kernel';

export const elementwise: ReferenceKernel<'add' | 'multiply'> = (call, view) => {
  const { batch, positions, channels } = call;
  const a = view(call.inputs.a);
  const b = view(call.inputs.b);
  const y = view(call.outputs.output);
  for (let n = 0; n < batch; n += 1)
    for (let p = 0; p < positions; p += 1)
      for (let c = 0; c < channels; c += 1) {
        const i = (n * positions + p) * channels + c;
        const other = call.broadcast === 'none' ? b[i]! : b[n * channels + c]!;
        y[i] = activate(call.activation, call.kind === 'add' ? a[i]! + other : a[i]! * other);
      }
};

export const accumulate: ReferenceKernel<'accumulate'> = (call, view) => {
  const source = view(call.inputs.source);
  const target = view(call.outputs.target);
  for (let i = 0; i < call.elements; i += 1) target[i]! += source[i]!;
};

export const rescale: ReferenceKernel<'rescale'> = (call, view) => {
  const x = view(call.inputs.input);
  const y = view(call.outputs.output);
  for (let i = 0; i < call.elements; i += 1) y[i] = call.scale * x[i]! + call.offset;
};

export const zero: ReferenceKernel<'zero'> = (call, view) => {
  view(call.outputs.target).fill(0, 0, call.elements);
};
