import type { Picture, PictureSet } from '../../data/picture-set';

export interface PictureParts {
  readonly train: readonly Picture[];
  /** In the order in which they are validated. */
  readonly validation: readonly Picture[];
}

/** Pictures with addresses for `<img>`. */
export interface GalleryPictures {
  readonly set: PictureSet;
  readonly parts: PictureParts;
  readonly urls: PictureUrls;
}

/** Addresses are made when a picture is shown: each is a question to another process, too slow for thousands. */
export class PictureUrls {
  readonly #made = new Map<Blob, string>();

  of({ source }: Picture): string {
    if (source.kind === 'url') return source.url;
    const made = this.#made.get(source.blob) ?? URL.createObjectURL(source.blob);
    this.#made.set(source.blob, made);
    return made;
  }

  /** A blob stays in memory as long as it has an address. */
  releaseAllBut(shown: ReadonlySet<Blob>): void {
    for (const [blob, url] of this.#made) {
      if (shown.has(blob)) continue;
      URL.revokeObjectURL(url);
      this.#made.delete(blob);
    }
  }
}

/**
 * Pictures to show. Their addresses are made when they are asked for, and given back by `releasePictures`.
 * @param before what was shown: a picture that is in it keeps its address, so that it is not loaded again
 */
export function showPictures(
  set: PictureSet,
  parts: PictureParts,
  before: GalleryPictures | null,
): GalleryPictures {
  return { set, parts, urls: before?.urls ?? new PictureUrls() };
}

/** Gives back the addresses of pictures that are shown nowhere any more. */
export function releasePictures(
  pictures: GalleryPictures | null,
  stillShown: readonly (GalleryPictures | null)[],
): void {
  if (pictures === null) return;
  const sources = stillShown.flatMap((shown) => shown?.set.pictures.map(({ source }) => source) ?? []);
  const blobs = sources.flatMap((source) => (source.kind === 'blob' ? [source.blob] : []));
  pictures.urls.releaseAllBut(new Set(blobs));
}
