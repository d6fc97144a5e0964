import * as v from 'valibot';
import { ThawError } from '../core/errors';
import { addPictures, EMPTY_PICTURE_SET, type PictureSet } from './picture-set';

const Attributions = v.array(
  v.object({
    /** `<class>/<name>`, relative to the list. */
    file: v.pipe(v.string(), v.regex(/^[^/]+\/[^/]+$/)),
    licence: v.string(),
    author: v.string(),
    source: v.string(),
  }),
);

/**
 * The bundled sample pictures with their licences. Only the list is loaded; the pictures follow when they are
 * shown or decoded.
 * @param baseUrl absolute address of the folder that holds `samples/`: the page's `document.baseURI`
 * @throws ThawError `no-pictures` where the list cannot be loaded
 */
export async function loadSamplePictures(baseUrl: string): Promise<PictureSet> {
  const listUrl = new URL('samples/ATTRIBUTION.json', baseUrl);
  const list = await loadList(listUrl);
  return addPictures(
    EMPTY_PICTURE_SET,
    list.map(({ file, ...attribution }) => {
      const [className, name] = file.split('/') as [string, string];
      const source = { kind: 'url', url: new URL(file, listUrl).href } as const;
      return { id: `sample:${file}`, name, className, source, attribution };
    }),
  );
}

async function loadList(url: URL): Promise<v.InferOutput<typeof Attributions>> {
  try {
    const response = await fetch(url);
    if (!response.ok) throw new Error(`status ${response.status}`);
    return v.parse(Attributions, await response.json());
  } catch (cause) {
    const message = 'The sample pictures could not be loaded. Check the connection and try again.';
    throw new ThawError('no-pictures', message, { cause });
  }
}
