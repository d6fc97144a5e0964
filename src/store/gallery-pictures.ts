import type { Picture, PictureSet } from '../data/picture-set';

export interface PictureParts {
  readonly train: readonly Picture[];
  /** In the order in which they are validated. */
  readonly validation: readonly Picture[];
}

/** Pictures with an address each for `<img>`, by picture id. */
export interface GalleryPictures {
  readonly set: PictureSet;
  readonly parts: PictureParts;
  readonly urls: ReadonlyMap<string, string>;
}

/**
 * Gives pictures addresses, to be given back by `releasePictures`.
 * @param before what was shown: a picture that is in it keeps its address, so that it is not loaded again
 */
export function showPictures(
  set: PictureSet,
  parts: PictureParts,
  before: GalleryPictures | null,
): GalleryPictures {
  const urls = new Map(
    set.pictures.map(({ id, source }) => {
      const kept = before?.urls.get(id);
      if (kept !== undefined) return [id, kept];
      return [id, source.kind === 'url' ? source.url : URL.createObjectURL(source.blob)];
    }),
  );
  return { set, parts, urls };
}

/** A blob stays in memory as long as it has an address. Addresses that are still shown are kept. */
export function releasePictures(
  pictures: GalleryPictures | null,
  stillShown: readonly (GalleryPictures | null)[],
): void {
  if (pictures === null) return;
  const kept = new Set(stillShown.flatMap((shown) => [...(shown?.urls.values() ?? [])]));
  for (const url of pictures.urls.values()) {
    if (url.startsWith('blob:') && !kept.has(url)) URL.revokeObjectURL(url);
  }
}
