import { inputsOf, type LoweredNetwork, type PlanNode, type ValueName, variablesOf } from './nodes';

/**
 * The values that are a pure function of the picture and that something impure (or the loss) reads:
 * nothing before them trains, updates statistics, normalises by the batch or draws random numbers, so they
 * can be computed once a picture and kept. The pictures themselves where nothing is frozen.
 */
export function frozenBoundary(network: LoweredNetwork, trained: ReadonlySet<string>): readonly ValueName[] {
  const pure = new Set<ValueName>(network.entries);
  const boundary = new Set<ValueName>();
  for (const node of network.nodes) {
    const inputs = inputsOf(node);
    if (!movesOrDraws(node, trained) && inputs.every((value) => pure.has(value))) pure.add(node.output);
    else for (const value of inputs) if (pure.has(value)) boundary.add(value);
  }
  for (const value of network.results) if (pure.has(value)) boundary.add(value);
  return [...boundary];
}

function movesOrDraws(node: PlanNode, trained: ReadonlySet<string>): boolean {
  if (node.kind === 'dropout') return true;
  if (node.kind === 'batchNorm' && (node.mode.normaliser === 'batch' || node.mode.statistics === 'updated')) {
    return true;
  }
  return variablesOf(node).some((name) => trained.has(name));
}
