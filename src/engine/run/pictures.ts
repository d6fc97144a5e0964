import type { Preprocessing } from '../../core/worker-contract';
import type { Batch, TrainingBatch } from '../executor';

/** Labelled pictures that are turned into batches of numbers when they are needed. */
export interface Pictures {
  readonly count: number;
  /** Of one picture. */
  readonly shape: readonly [height: number, width: number, channels: number];
  readonly labels: Int32Array;
  /** The pictures at these places, in this order. Their numbers are made or fetched when they are read. */
  batch(places: readonly number[], step?: StepOfBatch): TrainingBatch;
}

/** What a training batch depends on besides its pictures. */
export interface StepOfBatch {
  /** Decides the augmentation. Default 0. */
  readonly epoch?: number;
  readonly dropoutSeed?: number;
}

/** Pictures whose numbers are at hand. */
export interface PicturesAtHand extends Pictures {
  batch(places: readonly number[], step?: StepOfBatch): Batch;
}

/**
 * Pictures that are numbers already, used as they are: float32, [count, height, width, channels].
 * @param setName makes their ids, if they are to have any: `training set`, …
 */
export function tensorPictures(
  images: Float32Array,
  shape: readonly [height: number, width: number, channels: number],
  labels: ArrayLike<number>,
  setName: string | null = null,
): PicturesAtHand {
  const size = shape[0] * shape[1] * shape[2];
  return pictures(shape, labels, setName, (place, target, offset) => {
    target.set(images.subarray(place * size, (place + 1) * size), offset);
  });
}

/** RGB bytes; (pixel − mean) / std of each channel is computed batch by batch, so that bytes are all that is kept. */
export function pixelPictures(
  pixels: Uint8Array,
  sizePixels: number,
  labels: ArrayLike<number>,
  preprocessing: Preprocessing,
): PicturesAtHand {
  const size = sizePixels * sizePixels * 3;
  return pictures([sizePixels, sizePixels, 3], labels, null, (place, target, offset) => {
    normalizePixels(pixels.subarray(place * size, (place + 1) * size), preprocessing, target, offset);
  });
}

/** Writes (pixel − mean) / std of RGB bytes to `target`. */
export function normalizePixels(
  pixels: Uint8Array,
  { mean, std }: Preprocessing,
  target: Float32Array,
  offset = 0,
): void {
  for (let i = 0; i < pixels.length; i += 3) {
    target[offset + i] = (pixels[i]! - mean[0]) / std[0];
    target[offset + i + 1] = (pixels[i + 1]! - mean[1]) / std[1];
    target[offset + i + 2] = (pixels[i + 2]! - mean[2]) / std[2];
  }
}

function pictures(
  shape: Pictures['shape'],
  labels: ArrayLike<number>,
  setName: string | null,
  write: (place: number, target: Float32Array, offset: number) => void,
): PicturesAtHand {
  const all = Int32Array.from(labels);
  const size = shape[0] * shape[1] * shape[2];
  const imagesAt = (places: readonly number[]): Float32Array => {
    const images = new Float32Array(places.length * size);
    places.forEach((place, index) => {
      write(place, images, index * size);
    });
    return images;
  };
  return {
    count: all.length,
    shape,
    labels: all,
    batch(places, { dropoutSeed = 0 } = {}) {
      let images: Float32Array | null = null;
      return {
        // Pictures whose frozen values are kept need no numbers any more.
        get images() {
          images ??= imagesAt(places);
          return images;
        },
        shape: [places.length, ...shape],
        labels: Int32Array.from(places, (place) => all[place]!),
        dropoutSeed,
        ...(setName !== null && { pictureIds: places.map((place) => `${setName} ${place}`) }),
      };
    },
  };
}
