import type { BufferId } from '../calls/call';
import type { BatchNormNode, ConvolutionNode } from '../lower/nodes';
import { type Backward, beforeActivation } from './backward-pass';
import { optionalVariable, rowsOf, weightOf } from './forward-trace';

/** Backward of a convolution: bias, filter, input, and the summand fused into it. */
export function emitConvolutionBackward(
  backward: Backward,
  node: ConvolutionNode,
  outputGradient: BufferId,
): void {
  const { plan, trace, ledger, trained } = backward;
  const { layer, geometry } = node;
  const gradient = beforeActivation(backward, layer, node.activation, node.output, outputGradient);
  const depthwise = node.operation === 'depthwiseConv2d';

  if (node.bias !== null && trained.has(node.bias)) {
    const { rows, channels } = rowsOf(trace.network, node.output);
    emitVariableGradient(backward, node, node.bias, 1, (output) =>
      plan.call({ kind: 'sumRows', layer, rows, channels, inputs: { input: gradient }, outputs: { output } }),
    );
  }
  if (trained.has(node.filter)) {
    const rows = plan.elementsOf(plan.variable(node.filter)) / geometry.outputChannels;
    const inputs = { input: trace.values.get(node.input)!, outputGradient: gradient };
    emitVariableGradient(backward, node, node.filter, rows, (filterGradient) =>
      plan.call({
        kind: depthwise ? 'depthwiseConv2dFilterGradient' : 'conv2dFilterGradient',
        layer,
        geometry,
        inputs,
        outputs: { filterGradient },
      }),
    );
  }
  const filter = trace.filters.get(node.output)!;
  ledger.contribute(node.input, layer, 'canAdd', (inputGradient, write) =>
    plan.call({
      kind: depthwise ? 'depthwiseConv2dInputGradient' : 'conv2dInputGradient',
      layer,
      geometry,
      write,
      inputs: { outputGradient: gradient, filter },
      outputs: { inputGradient },
    }),
  );
  if (node.residual !== null) ledger.passThrough(node.residual, layer, gradient);
}

/** Where a BatchNorm was folded in, the gradient of the folded weights is scaled back to the variable's. */
function emitVariableGradient(
  { plan }: Backward,
  node: ConvolutionNode,
  variable: string,
  rows: number,
  emit: (target: BufferId) => void,
): void {
  const gradient = plan.gradient(variable);
  if (!node.folded) {
    emit(gradient);
    return;
  }
  const channels = node.geometry.outputChannels;
  const foldedGradient = plan.arena(`folded gradient of ${variable}`, rows * channels);
  emit(foldedGradient);
  const gamma = optionalVariable(plan, weightOf(node.folded, 'gamma'));
  const variance = plan.variable(weightOf(node.folded, 'movingVariance')!);
  plan.call({
    kind: 'unfoldGradient',
    layer: node.layer,
    rows,
    channels,
    epsilon: node.folded.epsilon,
    inputs: { foldedGradient, gamma, variance },
    outputs: { gradient },
  });
}

/** Two passes: the two sums (needed too where the batch normalised, trained or not), then the input's gradient. */
export function emitBatchNormBackward(
  backward: Backward,
  node: BatchNormNode,
  outputGradient: BufferId,
): void {
  const { plan, trace, ledger, trained } = backward;
  const { layer, batchNorm, mode } = node;
  const { epsilon } = batchNorm;
  // With a residual the pre-activation can't be worked out again from the input: take the gate off first.
  const gated = node.residual !== null;
  const gradient = gated
    ? beforeActivation(backward, layer, node.activation, node.output, outputGradient)
    : outputGradient;
  const activation = gated ? 'linear' : node.activation;
  const sizes = { ...rowsOf(trace.network, node.output), epsilon, activation };
  const inputs = {
    ...trace.batchNorms.get(node.output)!,
    input: trace.values.get(node.input)!,
    outputGradient: gradient,
  };
  const gamma = weightOf(batchNorm, 'gamma');
  const beta = weightOf(batchNorm, 'beta');
  const gradientOf = (role: 'gamma' | 'beta', name: string | null) =>
    name !== null && trained.has(name)
      ? plan.gradient(name)
      : plan.arena(`${role} sum of ${layer}`, sizes.channels);
  const trains = [gamma, beta].some((name) => name !== null && trained.has(name));
  const byBatch = mode.normaliser === 'batch' && ledger.needs(node.input);
  let sums: { gammaGradient: BufferId | null; betaGradient: BufferId | null } = {
    gammaGradient: null,
    betaGradient: null,
  };
  if (trains || byBatch) {
    const outputs = { gammaGradient: gradientOf('gamma', gamma), betaGradient: gradientOf('beta', beta) };
    plan.call({ kind: 'batchNormParameterGradient', layer, ...sizes, inputs, outputs });
    if (byBatch) sums = outputs;
  }
  ledger.contribute(node.input, layer, 'overwritesOnly', (inputGradient) =>
    plan.call({
      kind: 'batchNormInputGradient',
      layer,
      ...sizes,
      inputs: { ...inputs, ...sums },
      outputs: { inputGradient },
    }),
  );
  if (node.residual !== null) ledger.passThrough(node.residual, layer, gradient);
}
