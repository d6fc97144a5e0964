import { optionalView, type ReferenceKernel } from '../reference/kernel';

/** torch.nn.CrossEntropyLoss(weight, reduction='mean') on class indices. */
export const softmaxCrossEntropy: ReferenceKernel<'softmaxCrossEntropy'> = (call, view) => {
  const { batch, classes } = call;
  const logits = view(call.inputs.logits);
  const labels = view(call.inputs.labels);
  const classWeights = optionalView(view, call.inputs.classWeights);
  const gradient = optionalView(view, call.outputs.logitsGradient);
  const weightOf = (n: number) => classWeights?.[labels[n]!] ?? 1;
  let totalWeight = 0;
  for (let n = 0; n < batch; n += 1) totalWeight += weightOf(n);
  let loss = 0;
  let correct = 0;
  for (let n = 0; n < batch; n += 1) {
    const row = logits.subarray(n * classes, (n + 1) * classes);
    const label = labels[n]!;
    const largest = Math.max(...row);
    const sum = row.reduce((total, logit) => total + Math.exp(logit - largest), 0);
    const share = weightOf(n) / totalWeight;
    loss -= share * (row[label]! - largest - Math.log(sum));
    if (row.indexOf(largest) === label) correct += 1;
    if (!gradient) continue;
    for (let k = 0; k < classes; k += 1) {
      const probability = Math.exp(row[k]! - largest) / sum;
      gradient[n * classes + k] = share * (probability - (k === label ? 1 : 0));
    }
  }
  view(call.outputs.outcome).set([loss, correct]);
};
