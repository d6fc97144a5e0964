import { optionalView, type ReferenceKernel } from '../reference/kernel';

export const sumRows: ReferenceKernel<'sumRows'> = (call, view) => {
  const x = view(call.inputs.input);
  const y = view(call.outputs.output).fill(0);
  for (let i = 0; i < call.rows * call.channels; i += 1) y[i % call.channels]! += x[i]!;
};

export const sumPositions: ReferenceKernel<'sumPositions'> = (call, view) => {
  const { batch, positions, channels, scale } = call;
  const x = view(call.inputs.input);
  const factor = optionalView(view, call.inputs.factor);
  const y = view(call.outputs.output);
  for (let n = 0; n < batch; n += 1)
    for (let c = 0; c < channels; c += 1) {
      let sum = 0;
      for (let p = 0; p < positions; p += 1) {
        const i = (n * positions + p) * channels + c;
        sum += x[i]! * (factor?.[i] ?? 1);
      }
      y[n * channels + c] = scale * sum;
    }
};

export const spreadPositions: ReferenceKernel<'spreadPositions'> = (call, view) => {
  const { batch, positions, channels, scale } = call;
  const x = view(call.inputs.input);
  const y = view(call.outputs.output);
  for (let n = 0; n < batch; n += 1)
    for (let p = 0; p < positions; p += 1)
      for (let c = 0; c < channels; c += 1) {
        const i = (n * positions + p) * channels + c;
        const value = scale * x[n * channels + c]!;
        y[i] = call.write === 'add' ? y[i]! + value : value;
      }
};
