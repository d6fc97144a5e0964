import type { WantedPicture } from '../../core/picture-supply';
import { resumeRandom } from '../../core/random';
import { mirror, randomResizedCrop } from './augment-pixels';
import type { PictureForm } from './decode-picture';
import type { PictureToDecode } from './input-contract';
import type { DecodedPixels, KeptPixels } from './kept-pixels';
import type { Lanes } from './lanes';

/**
 * A picture to cut parts from is kept at twice the size of the parts: a small part is then enlarged, which takes
 * some of its sharpness, but thousands of photographs are not kept whole, nor decoded whole for each part.
 */
const WHOLE_TIMES = 2;

/** What all jobs share. */
export interface JobTools {
  readonly kept: KeptPixels;
  readonly lanes: Lanes;
  readonly loadBytes: (picture: PictureToDecode) => Promise<Blob>;
  readonly decode: (blob: Blob, name: string, form: PictureForm, size: number) => Promise<DecodedPixels>;
}

/** Pictures that were added together. They are decoded when they are needed, and kept while there is room. */
export class PictureJob {
  readonly id: number;
  /** Side of a picture in pixels. */
  readonly size: number;
  readonly #tools: JobTools;
  readonly #pictures = new Map<number, PictureToDecode>();
  /** Where the pictures are that could be decoded, by their keys. */
  readonly #decodable = new Map<string, number>();

  constructor(id: number, size: number, tools: JobTools) {
    this.id = id;
    this.size = size;
    this.#tools = tools;
    tools.kept.begin(id);
  }

  /**
   * Decodes a picture to see that it can be, unless another job has.
   * @param others a set to which a picture is added is a new job; its other pictures are taken over
   * @throws ThawError `picture-unreadable`, `picture-too-large`
   */
  async add(picture: PictureToDecode, others: Iterable<PictureJob> = []): Promise<void> {
    for (const other of others) if (this.#takeOver(picture, other)) return;
    // What was fetched is not fetched again: the page may have gone offline by then.
    const blob = await this.#tools.loadBytes(picture);
    this.#pictures.set(picture.index, { ...picture, source: { kind: 'blob', blob } });
    await this.#decoded(picture.index, 'square');
    this.#decodable.set(picture.key, picture.index);
  }

  #takeOver(picture: PictureToDecode, other: PictureJob): boolean {
    const known = other.size === this.size ? other.#decodable.get(picture.key) : undefined;
    if (known === undefined) return false;
    this.#pictures.set(picture.index, { ...picture, source: other.#pictures.get(known)!.source });
    for (const form of ['square', 'whole'] as const) {
      this.#tools.kept.move([other.id, keyOf(known, form)], [this.id, keyOf(picture.index, form)]);
    }
    this.#decodable.set(picture.key, picture.index);
    return true;
  }

  /**
   * Writes a picture as it is wanted to `target`: RGB bytes, [size, size, 3].
   * @param begin called before it is decoded; what it throws is thrown
   * @throws ThawError `picture-unreadable` where the file was changed or moved meanwhile
   */
  async write({ index, mirrored, cropState }: WantedPicture, target: Uint8Array, begin = () => {}) {
    const form = cropState === null ? 'square' : 'whole';
    const kept = this.#tools.kept.get(this.id, keyOf(index, form));
    const decoded =
      kept ??
      (await this.#tools.lanes.run(async () => {
        begin();
        return this.#decoded(index, form);
      }));
    target.set(
      cropState === null ? decoded.pixels : randomResizedCrop(decoded, this.size, resumeRandom(cropState)),
    );
    if (mirrored) mirror(target, this.size);
  }

  async #decoded(index: number, form: PictureForm): Promise<DecodedPixels> {
    const picture = this.#pictures.get(index)!;
    const blob = await this.#tools.loadBytes(picture);
    const size = form === 'square' ? this.size : this.size * WHOLE_TIMES;
    const decoded = await this.#tools.decode(blob, picture.name, form, size);
    this.#tools.kept.keep(this.id, keyOf(index, form), decoded);
    return decoded;
  }
}

function keyOf(index: number, form: PictureForm): string {
  return `${form} ${index}`;
}
