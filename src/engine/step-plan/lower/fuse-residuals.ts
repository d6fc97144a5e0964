import {
  type BatchNormNode,
  type ConvolutionNode,
  type LoweredNetwork,
  type PlanNode,
  readCounts,
  type ValueName,
} from './nodes';

type Absorber = ConvolutionNode | BatchNormNode;

/**
 * The addition at the end of a residual block goes into the BatchNorm or convolution that made one of its
 * summands, at the addition's place in the order (where the other summand exists).
 */
export function fuseResiduals(network: LoweredNetwork): LoweredNetwork {
  const reads = readCounts(network);
  const position = new Map(network.nodes.map((node, index) => [node.output, index] as const));
  const absorberOf = (value: ValueName): Absorber | null => {
    const node = network.nodes[position.get(value) ?? -1];
    if (node?.kind !== 'convolution' && node?.kind !== 'batchNorm') return null;
    return reads.get(value) === 1 && node.residual === null && node.activation === 'linear' ? node : null;
  };
  const swallowed = new Set<ValueName>();
  const nodes = network.nodes.map((node): PlanNode => {
    if (node.kind !== 'add' || node.broadcast !== 'none' || node.a === node.b) return node;
    // The later summand absorbs: the other is then the block's input, which lives on anyway.
    const byDepth = [node.a, node.b].sort((a, b) => (position.get(b) ?? -1) - (position.get(a) ?? -1));
    for (const value of byDepth) {
      const absorber = absorberOf(value);
      if (!absorber || swallowed.has(value)) continue;
      swallowed.add(value);
      return { ...absorber, output: node.output, residual: value === node.a ? node.b : node.a };
    }
    return node;
  });
  return { ...network, nodes: nodes.filter((node) => !swallowed.has(node.output)) };
}
