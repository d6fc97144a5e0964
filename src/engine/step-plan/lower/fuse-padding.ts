import { type LoweredNetwork, type PadNode, type PlanNode, readCounts } from './nodes';

/** Zeros around a picture that only convolutions read become those convolutions' own padding. */
export function fusePadding(network: LoweredNetwork): LoweredNetwork {
  const pads = new Map<string, PadNode>();
  for (const node of network.nodes) if (node.kind === 'pad') pads.set(node.output, node);
  const reads = readCounts(network);
  const nodes = network.nodes.map((node): PlanNode => {
    const pad = node.kind === 'convolution' ? pads.get(node.input) : undefined;
    if (node.kind !== 'convolution' || !pad || reads.get(pad.output) !== 1) return node;
    const { geometry } = node;
    return {
      ...node,
      input: pad.input,
      geometry: {
        ...geometry,
        inputHeight: pad.inputHeight,
        inputWidth: pad.inputWidth,
        padTop: geometry.padTop + pad.top,
        padLeft: geometry.padLeft + pad.left,
      },
    };
  });
  const fused = { ...network, nodes };
  const left = readCounts(fused);
  return { ...fused, nodes: nodes.filter((node) => node.kind !== 'pad' || left.has(node.output)) };
}
