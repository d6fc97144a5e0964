import type { ReferenceKernel } from '../reference/kernel';

export const copyChannels: ReferenceKernel<'copyChannels'> = (call, view) => {
  const x = view(call.inputs.input);
  const y = view(call.outputs.output);
  for (let row = 0; row < call.rows; row += 1)
    for (let c = 0; c < call.count; c += 1)
      y[row * call.outputChannels + call.outputOffset + c] =
        x[row * call.inputChannels + call.inputOffset + c]!;
};
