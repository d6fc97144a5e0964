import type { Activation } from '../../../core/graph/graph';
import { activationGradientReads } from '../call-buffers';
import { valuesThatNeedGradient } from './gradient-need';
import { type LoweredNetwork, type PlanNode, readCounts, type ValueName } from './nodes';

/** An activation goes into the node before it where its derivative can still be had. */
export function fuseActivations(network: LoweredNetwork, trained: ReadonlySet<string>): LoweredNetwork {
  const reads = readCounts(network);
  const needing = valuesThatNeedGradient(network, trained);
  const producers = new Map<ValueName, PlanNode>(network.nodes.map((node) => [node.output, node] as const));
  const swallowed = new Set<ValueName>();
  const nodes = network.nodes.map((node): PlanNode => {
    if (node.kind !== 'activation' || node.activation === 'softmax') return node;
    const producer = producers.get(node.input);
    if (!producer || !hasActivation(producer) || producer.activation !== 'linear') return node;
    if (reads.get(producer.output) !== 1) return node;
    if (needing.has(node.output) && !derivableAfterFusion(producer, node.activation)) return node;
    swallowed.add(producer.output);
    return { ...producer, output: node.output, activation: node.activation };
  });
  return { ...network, nodes: nodes.filter((node) => !swallowed.has(node.output)) };
}

function hasActivation(node: PlanNode): node is Extract<PlanNode, { activation: Activation; layer: string }> {
  return 'activation' in node && node.kind !== 'activation';
}

/** BatchNorm's backward works the pre-activation out again from its input, but not with a residual. */
function derivableAfterFusion(node: PlanNode, activation: Activation): boolean {
  if (node.kind === 'batchNorm' && node.residual === null) return true;
  return activationGradientReads(activation) === 'output';
}
