import { type DrawnEdit, drawEdit, UNEDITED } from '../../core/options/augmentation';
import type { ResolvedTrainConfig } from '../../core/options/resolved-config';
import type { WantedPicture } from '../../core/picture-supply';
import type { Preprocessing, SuppliedPictures } from '../../core/worker-contract';
import type { AwaitedImages } from '../executor';
import { normalizePixels, type Pictures } from './pictures';

/** Asks for the pixels of pictures: RGB bytes, [pictures, size, size, 3]. */
export type FetchPixels = (pictures: readonly WantedPicture[]) => {
  readonly pixels: Promise<Uint8Array>;
  readonly cancel: () => void;
};

export interface SuppliedSet extends SuppliedPictures {
  readonly fetch: FetchPixels;
  readonly sizePixels: number;
  readonly preprocessing: Preprocessing;
  /** Makes the pictures' ids: `training`, … */
  readonly setName: string;
  /** How they are edited in training; null: the pictures as they are. */
  readonly augmented: Pick<ResolvedTrainConfig, 'augmentation' | 'seed'> | null;
}

/** Pictures that are decoded elsewhere, batch by batch when they are needed. */
export function suppliedPictures(set: SuppliedSet): Pictures {
  const { indices, sizePixels, preprocessing, setName, augmented } = set;
  const labels = Int32Array.from(set.labels);
  const drawn = (place: number, epoch: number): DrawnEdit =>
    augmented === null
      ? { edit: UNEDITED, variant: '' }
      : drawEdit(augmented.augmentation, augmented.seed, place, epoch);
  return {
    count: indices.length,
    shape: [sizePixels, sizePixels, 3],
    labels,
    batch(places, { epoch = 0, dropoutSeed = 0 } = {}) {
      const edits = places.map((place) => drawn(place, epoch));
      const wanted = places.map((place, row) => ({ index: indices[place]!, ...edits[row]!.edit }));
      const pictureIds = places.flatMap((place, row) => {
        const { variant } = edits[row]!;
        return variant === null ? [] : [`${setName} ${place}${variant}`];
      });
      return {
        images: awaitedImages(set.fetch, wanted, sizePixels * sizePixels * 3, preprocessing),
        shape: [places.length, sizePixels, sizePixels, 3],
        labels: Int32Array.from(places, (place) => labels[place]!),
        dropoutSeed,
        // A picture that never comes again is not worth keeping anything of.
        ...(pictureIds.length === places.length && { pictureIds }),
      };
    },
  };
}

function awaitedImages(
  fetchPixels: FetchPixels,
  wanted: readonly WantedPicture[],
  pictureBytes: number,
  preprocessing: Preprocessing,
): AwaitedImages {
  let begun: (ReturnType<FetchPixels> & { readonly rows: readonly number[] }) | null = null;

  function begin(rows: readonly number[]): NonNullable<typeof begun> {
    if (begun === null || !rows.every((row) => begun?.rows.includes(row))) {
      begun = { rows, ...fetchPixels(rows.map((row) => wanted[row]!)) };
    }
    return begun;
  }

  return {
    async fetch(rows) {
      await begin(rows).pixels;
    },
    async read(rows) {
      const { pixels, rows: fetched } = begin(rows);
      const bytes = await pixels;
      const images = new Float32Array(rows.length * pictureBytes);
      rows.forEach((row, index) => {
        const from = fetched.indexOf(row) * pictureBytes;
        normalizePixels(
          bytes.subarray(from, from + pictureBytes),
          preprocessing,
          images,
          index * pictureBytes,
        );
      });
      return images;
    },
    cancel: () => begun?.cancel(),
  };
}
