import { ThawError } from '../errors';
import type { Layer, LayerGraph } from '../graph/graph';
import { nearestName } from '../options/option-names';

/**
 * The backbone layers with weights that a name or a pattern means; `*` stands for any letters.
 * @param where what names them, for the message
 * @throws ThawError `layer-unknown`, naming the nearest layer
 */
export function selectLayers(
  graph: LayerGraph,
  selector: string,
  where: string,
  kind: Layer['kind'] | 'any' = 'any',
): readonly Layer[] {
  const candidates = graph.layers.filter(
    (layer) =>
      layer.part === 'backbone' && layer.weights.length > 0 && (kind === 'any' || layer.kind === kind),
  );
  const pattern = isPattern(selector) ? patternOf(selector) : null;
  const found = candidates.filter(({ name }) => (pattern === null ? name === selector : pattern.test(name)));
  if (found.length > 0) return found;
  const near = nearestName(
    selector,
    candidates.map(({ name }) => name),
  );
  const hint = near === null ? 'The layer table shows the names.' : `Did you mean "${near}"?`;
  const what = kind === 'batchNorm' ? 'BatchNorm layer of the backbone' : 'backbone layer with weights';
  throw new ThawError('layer-unknown', `${where} names "${selector}", which is no ${what}. ${hint}`);
}

export function isPattern(selector: string): boolean {
  return selector.includes('*');
}

function patternOf(selector: string): RegExp {
  const parts = selector.split('*').map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`);
}
