import { inputsOf, type LoweredNetwork, type ValueName, variablesOf } from './nodes';

/**
 * @returns the values that some trained variable lies before: backward must bring their gradients, and
 * stops where a value is not among them.
 */
export function valuesThatNeedGradient(
  network: LoweredNetwork,
  trained: ReadonlySet<string>,
): ReadonlySet<ValueName> {
  const needing = new Set<ValueName>();
  for (const node of network.nodes) {
    const own = variablesOf(node).some((name) => trained.has(name));
    if (own || inputsOf(node).some((value) => needing.has(value))) needing.add(node.output);
  }
  return needing;
}
