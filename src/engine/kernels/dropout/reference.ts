import type { ReferenceKernel } from '../reference/kernel';
import { dropoutKeeps } from './mask';

/** Inverted dropout (Srivastava et al. 2014, as torch.nn.functional.dropout scales it). */
export const dropout: ReferenceKernel<'dropout'> = (call, view, scalars) => {
  const { rate, salt } = call;
  const seed = scalars[call.seed]!;
  const x = view(call.inputs.input);
  const y = view(call.outputs.output);
  for (let i = 0; i < call.elements; i += 1)
    y[i] = dropoutKeeps(seed, salt, i, rate) ? x[i]! / (1 - rate) : 0;
};
