import type { BatchNormLayer } from '../../../core/graph/graph';
import type { BufferId } from '../calls/call';
import type { BatchNormInputs } from '../calls/normalisation';
import type { BatchNormNode, ConvolutionNode } from '../lower/nodes';
import { type ForwardTrace, optionalVariable, rowsOf, weightOf } from './forward-trace';
import type { PlanBuilder } from './plan-builder';

/** What a convolution runs with: its variables, or what folding made of them. */
export interface ConvolutionWeights {
  readonly filter: BufferId;
  readonly bias: BufferId | null;
}

/** Folded once into the prepared region where nothing of it is trained, else anew in every step. */
export function convolutionWeights(
  plan: PlanBuilder,
  node: ConvolutionNode,
  trained: ReadonlySet<string>,
): ConvolutionWeights {
  const filter = plan.variable(node.filter);
  const bias = optionalVariable(plan, node.bias);
  if (!node.folded) return { filter, bias };
  const changes = trained.has(node.filter) || (node.bias !== null && trained.has(node.bias));
  const channels = node.geometry.outputChannels;
  const elements = plan.elementsOf(filter);
  const hold = (name: string, size: number) => (changes ? plan.arena(name, size) : plan.prepared(name, size));
  const foldedFilter = hold(`folded ${node.filter}`, elements);
  const foldedBias = hold(`folded bias of ${node.layer}`, channels);
  const { epsilon } = node.folded;
  const inputs = { filter, bias, ...runningInputs(plan, node.folded) };
  const outputs = { foldedFilter, foldedBias };
  const call = {
    kind: 'foldBatchNorm',
    layer: node.folded.name,
    rows: elements / channels,
    channels,
    epsilon,
    inputs,
    outputs,
  } as const;
  if (changes) plan.call(call);
  else plan.prepareCall(call);
  return { filter: foldedFilter, bias: foldedBias };
}

export function emitBatchNorm(
  plan: PlanBuilder,
  trace: ForwardTrace,
  node: BatchNormNode,
  output: BufferId,
): void {
  const { network, values } = trace;
  const { layer, batchNorm, mode, activation } = node;
  const { rows, channels } = rowsOf(network, node.output);
  const input = values.get(node.input)!;
  const running = runningInputs(plan, batchNorm);
  const moves = mode.statistics === 'updated';
  const emitStatistics = (mean: BufferId, variance: BufferId) => {
    const moving = {
      movingMean: moves ? running.mean : null,
      movingVariance: moves ? running.variance : null,
    };
    const { momentum } = batchNorm;
    plan.call({
      kind: 'batchNormStatistics',
      layer,
      rows,
      channels,
      momentum,
      inputs: { input },
      outputs: { mean, variance, ...moving },
    });
  };
  let normaliser = running;
  if (mode.normaliser === 'batch') {
    const mean = plan.arena(`mean of ${layer}`, channels);
    const variance = plan.arena(`variance of ${layer}`, channels);
    emitStatistics(mean, variance);
    normaliser = { ...running, mean, variance };
  } else if (moves) {
    trace.afterBackward.push(() =>
      emitStatistics(plan.arena(`mean of ${layer}`, channels), plan.arena(`variance of ${layer}`, channels)),
    );
  }
  trace.batchNorms.set(node.output, normaliser);
  const residual = node.residual === null ? null : values.get(node.residual)!;
  const { epsilon } = batchNorm;
  plan.call({
    kind: 'batchNormApply',
    layer,
    rows,
    channels,
    epsilon,
    activation,
    inputs: { ...normaliser, input, residual },
    outputs: { output },
  });
}

function runningInputs(plan: PlanBuilder, layer: BatchNormLayer): BatchNormInputs {
  return {
    mean: plan.variable(weightOf(layer, 'movingMean')!),
    variance: plan.variable(weightOf(layer, 'movingVariance')!),
    gamma: optionalVariable(plan, weightOf(layer, 'gamma')),
    beta: optionalVariable(plan, weightOf(layer, 'beta')),
  };
}
