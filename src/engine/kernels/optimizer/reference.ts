import { optionalView, type ReferenceKernel } from '../reference/kernel';

/** torch.optim.SGD without dampening and Nesterov. */
export const sgdUpdate: ReferenceKernel<'sgdUpdate'> = (call, view, scalars) => {
  const { momentum, weightDecay } = call;
  const learningRate = scalars[call.learningRate]!;
  const gradient = view(call.inputs.gradient);
  const weights = view(call.outputs.weights);
  const velocity = optionalView(view, call.outputs.velocity);
  for (let i = 0; i < call.elements; i += 1) {
    let g = gradient[i]! + weightDecay * weights[i]!;
    if (velocity) {
      g += momentum * velocity[i]!;
      velocity[i] = g;
    }
    weights[i]! -= learningRate * g;
  }
};

/** torch.optim.Adam and AdamW (Kingma and Ba 2015; Loshchilov and Hutter 2019). */
export const adamUpdate: ReferenceKernel<'adamUpdate'> = (call, view, scalars) => {
  const { beta1, beta2, epsilon, weightDecay, decay } = call;
  const learningRate = scalars[call.learningRate]!;
  const stepSize = scalars[call.stepSize]!;
  const varianceScale = scalars[call.varianceScale]!;
  const gradient = view(call.inputs.gradient);
  const weights = view(call.outputs.weights);
  const first = view(call.outputs.firstMoment);
  const second = view(call.outputs.secondMoment);
  for (let i = 0; i < call.elements; i += 1) {
    const g = gradient[i]! + (decay === 'l2' ? weightDecay * weights[i]! : 0);
    if (decay === 'decoupled') weights[i]! *= 1 - learningRate * weightDecay;
    first[i] = beta1 * first[i]! + (1 - beta1) * g;
    second[i] = beta2 * second[i]! + (1 - beta2) * g * g;
    weights[i]! -= (stepSize * first[i]!) / (Math.sqrt(second[i]!) * varianceScale + epsilon);
  }
};
