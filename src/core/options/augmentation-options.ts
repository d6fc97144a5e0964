import { ThawError } from '../errors';
import { readChoice, readInteger } from './option-values';
import type { ResolvedAugmentation } from './resolved-config';
import type { AugmentationName, TrainConfig } from './train-config';

const NAMES: readonly AugmentationName[] = ['none', 'flip', 'flip-crop'];
const USUAL_VARIANTS = 4;
const MOST_VARIANTS = 1000;

/** @throws ThawError `invalid-option`, or `conflicting-options` for variants of what has none */
export function resolveAugmentation({
  augmentation,
  augmentationVariants: variants,
}: Readonly<Record<string, unknown>>): ResolvedAugmentation {
  const kind = augmentation === undefined ? 'none' : readChoice('augmentation', augmentation, NAMES);
  if (kind !== 'flip-crop') {
    if (variants === undefined) return { kind };
    throw new ThawError(
      'conflicting-options',
      `The augmentation "${kind}" has no \`augmentationVariants\`. Leave it out or choose "flip-crop".`,
    );
  }
  if (variants === undefined) return { kind, variants: USUAL_VARIANTS };
  if (variants === null) return { kind, variants: null };
  return { kind, variants: readInteger('augmentationVariants', variants, 1, MOST_VARIANTS) };
}

export function writtenAugmentation(
  augmentation: ResolvedAugmentation,
): Pick<TrainConfig, 'augmentation' | 'augmentationVariants'> {
  if (augmentation.kind !== 'flip-crop') return { augmentation: augmentation.kind };
  return { augmentation: augmentation.kind, augmentationVariants: augmentation.variants };
}
