import { createRandom } from '../random';
import type { ResolvedAugmentation } from './resolved-config';

/** What is done to a decoded picture before it is trained on. */
export interface PictureEdit {
  readonly mirrored: boolean;
  /** A part of the picture, drawn from this state of a random stream; null: the centre square. */
  readonly cropState: number | null;
}

/** A picture as one epoch sees it. */
export interface DrawnEdit {
  readonly edit: PictureEdit;
  /** Sets it apart from the other edits of its picture; null where it never comes again. */
  readonly variant: string | null;
}

export const UNEDITED: PictureEdit = { mirrored: false, cropState: null };

/**
 * How a training picture is edited in an epoch: drawn from the seed, the picture and the epoch alone, so that a
 * resumed run draws the same.
 * @param place of the picture in the training set
 */
export function drawEdit(
  augmentation: ResolvedAugmentation,
  seed: number,
  place: number,
  epoch: number,
): DrawnEdit {
  switch (augmentation.kind) {
    case 'none':
      return { edit: UNEDITED, variant: '' };
    case 'flip': {
      const mirrored = createRandom(seed, `flip of picture ${place} in epoch ${epoch}`)() < 0.5;
      return { edit: { mirrored, cropState: null }, variant: mirrored ? ' mirrored' : '' };
    }
    case 'flip-crop': {
      const { variants } = augmentation;
      const number = variants === null ? epoch : epoch % variants;
      const random = createRandom(seed, `variant ${number} of picture ${place}`);
      const edit = { mirrored: random() < 0.5, cropState: random.state() };
      return { edit, variant: variants === null ? null : ` variant ${number} of seed ${seed}` };
    }
  }
}

/** @returns what tells apart the variants of two runs; the same where none is of a seed's own */
export function variantsKey(augmentation: ResolvedAugmentation, seed: number): string {
  return augmentation.kind === 'flip-crop' && augmentation.variants !== null ? `seed ${seed}` : '';
}

/** How many edits of a training picture so many epochs see that can be kept, on average. */
export function keptVariants(augmentation: ResolvedAugmentation, epochs: number): number {
  switch (augmentation.kind) {
    case 'none':
      return Math.min(epochs, 1);
    case 'flip':
      return 2 * (1 - 2 ** -epochs);
    case 'flip-crop':
      return Math.min(epochs, augmentation.variants ?? 0);
  }
}
