import { inputsOf, type LoweredNetwork, type PlanNode, type ValueName } from './nodes';

/** Drops the nodes that no result depends on. */
export function dropUnread(network: LoweredNetwork): LoweredNetwork {
  const needed = new Set(network.results);
  const nodes: PlanNode[] = [];
  for (const node of [...network.nodes].reverse()) {
    if (!needed.has(node.output)) continue;
    nodes.unshift(node);
    for (const value of inputsOf(node)) needed.add(value);
  }
  return { ...network, nodes, entries: network.entries.filter((entry) => needed.has(entry)) };
}

/** The same network from given values on: what made them is left out. */
export function startAt(network: LoweredNetwork, values: readonly ValueName[]): LoweredNetwork {
  const given = new Set(values);
  const nodes = network.nodes.filter((node) => !given.has(node.output));
  return dropUnread({ ...network, nodes, entries: [...given, ...network.entries] });
}
