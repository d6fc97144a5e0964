import { type ConvolutionNode, type LoweredNetwork, type PlanNode, readCounts } from './nodes';

/**
 * A BatchNorm of which nothing moves and which normalises with running statistics is a scale and a shift
 * a channel: it goes into the filter and the bias of the convolution before it (evaluation, frozen stretches, and
 * frozen BatchNorm under a backbone that trains: the filter's gradient is scaled back).
 */
export function fuseBatchNorm(network: LoweredNetwork): LoweredNetwork {
  const reads = readCounts(network);
  const convolutions = new Map<string, ConvolutionNode>();
  const swallowed = new Set<string>();
  const nodes = network.nodes.map((node): PlanNode => {
    if (node.kind === 'convolution') convolutions.set(node.output, node);
    if (node.kind !== 'batchNorm') return node;
    const convolution = convolutions.get(node.input);
    const { affine, normaliser, statistics } = node.mode;
    const constant = affine === 'frozen' && normaliser === 'running' && statistics === 'held';
    if (!convolution || !constant || reads.get(convolution.output) !== 1) return node;
    swallowed.add(convolution.output);
    return { ...convolution, output: node.output, folded: node.batchNorm };
  });
  return { ...network, nodes: nodes.filter((node) => !swallowed.has(node.output)) };
}
