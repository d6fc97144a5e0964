import type { AugmentationName } from '../../core/options/train-config';
import { NumberField } from '../controls/number-field';
import { SelectField } from '../controls/select-field';
import { useThawState } from '../thaw-context';
import { useSetPhaseOption } from './use-phase-option';

const AUGMENTATIONS = [
  { value: 'none', label: 'None' },
  { value: 'flip', label: 'Flip' },
  { value: 'flip-crop', label: 'Flip and crop' },
] as const;

/** What is done to training pictures, and what of it is computed once. */
export function AugmentationOptions() {
  const augmentation = useThawState((state) => state.options.augmentation);
  const variants = useThawState((state) => state.options.augmentationVariants);
  const set = useSetPhaseOption();
  return (
    <>
      <SelectField
        label="Augmentation"
        value={augmentation}
        options={AUGMENTATIONS}
        onChange={(value) => set('augmentation', value)}
        help={describeKept(augmentation, variants)}
      />
      {augmentation === 'flip-crop' && (
        <NumberField
          label="Cached variants"
          value={variants ?? Number.NaN}
          min={1}
          max={1000}
          step={1}
          emptyMeans="none: fresh every epoch"
          onChange={(value) => set('augmentationVariants', Number.isNaN(value) ? null : value)}
          help="A picture has so many variants, and goes through them epoch by epoch."
        />
      )}
    </>
  );
}

function describeKept(augmentation: AugmentationName, variants: number | null): string {
  switch (augmentation) {
    case 'none':
      return 'Training pictures are used as they are. What is frozen is computed once a picture.';
    case 'flip':
      return 'Mirrors half of the pictures, drawn anew in every epoch (RandomHorizontalFlip). What is frozen is computed once a picture and once its mirror image.';
    case 'flip-crop':
      return variants === null
        ? 'Another part of each picture in every epoch (RandomResizedCrop), mirrored or not. Nothing of training pictures is kept: the whole network is computed in every step.'
        : 'Parts of each picture (RandomResizedCrop), mirrored or not. What is frozen is computed once for each variant, and kept.';
  }
}
