import * as v from 'valibot';
import { ThawError } from '../core/errors';
import type { BundledBackbone } from './ports';

const Three = v.tuple([v.number(), v.number(), v.number()]);

const Catalogue = v.array(
  v.object({
    id: v.string(),
    name: v.string(),
    /** Relative to the list. */
    file: v.string(),
    sizeBytes: v.number(),
    parameters: v.number(),
    preprocessing: v.object({ mean: Three, std: Three }),
    blockEnds: v.array(v.string()),
    defaultEnd: v.string(),
    pictureSizes: v.array(v.number()),
    licence: v.string(),
    attribution: v.string(),
  }),
);

/**
 * The bundled backbones.
 * @param baseUrl absolute address of the folder that holds `backbones/`: the page's `document.baseURI`
 * @throws ThawError `model-not-found`
 */
export async function loadBackboneCatalogue(baseUrl: string): Promise<readonly BundledBackbone[]> {
  const listUrl = new URL('backbones/index.json', baseUrl);
  try {
    const response = await fetch(listUrl);
    if (!response.ok) throw new Error(`status ${response.status}`);
    const entries = v.parse(Catalogue, await response.json());
    return entries.map(({ file, ...entry }) => ({ ...entry, url: new URL(file, listUrl).href }));
  } catch (cause) {
    const message =
      'The list of bundled backbones could not be loaded. Check the connection and reload the page.';
    throw new ThawError('model-not-found', message, { cause });
  }
}
