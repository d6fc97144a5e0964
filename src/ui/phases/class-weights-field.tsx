import { SelectField } from '../controls/select-field';
import { useThawState } from '../thaw-context';
import { useSetPhaseOption } from './use-phase-option';

const CHOICES = [
  { value: 'none', label: 'None' },
  { value: 'balanced', label: 'Balanced' },
] as const;

/** A list of weights comes from a script; it is shown as a third choice and stays until another is made. */
export function ClassWeightsField() {
  const choice = useThawState((state) => state.options.classWeights);
  const set = useSetPhaseOption();
  const given = typeof choice === 'string' ? null : choice;
  return (
    <SelectField
      label="Class weights"
      value={typeof choice === 'string' ? choice : 'given'}
      options={
        given === null ? CHOICES : [...CHOICES, { value: 'given', label: `Given: ${given.join(', ')}` }]
      }
      onChange={(value) => {
        if (value !== 'given') set('classWeights', value);
      }}
      help="What a picture counts for in the training loss: the same each, or balanced, so that each class counts the same however many pictures it has."
    />
  );
}
