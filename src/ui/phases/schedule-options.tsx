import { NumberField } from '../controls/number-field';
import { SelectField } from '../controls/select-field';
import { useThawState } from '../thaw-context';
import { useSetPhaseOption } from './use-phase-option';

const SCHEDULES = [
  { value: 'constant', label: 'Constant' },
  { value: 'step', label: 'Step' },
  { value: 'cosine', label: 'Cosine' },
] as const;

/** How the learning rate goes on from epoch to epoch. */
export function ScheduleOptions() {
  const options = useThawState((state) => state.options);
  const set = useSetPhaseOption();
  return (
    <>
      <SelectField
        label="Learning rate schedule"
        value={options.schedule}
        options={SCHEDULES}
        onChange={(value) => set('schedule', value)}
        help="Acts at the end of an epoch on every group, before the callback sets the backbone’s rate."
      />
      {options.schedule === 'step' && (
        <>
          <NumberField
            label="Step size"
            value={options.scheduleStepSize}
            min={1}
            step={1}
            onChange={(value) => set('scheduleStepSize', value)}
            help="The rate changes every so many epochs."
          />
          <NumberField
            label="Gamma"
            value={options.scheduleGamma}
            min={0}
            onChange={(value) => set('scheduleGamma', value)}
            help="What the rate is multiplied by then."
          />
        </>
      )}
      {options.schedule === 'cosine' && (
        <NumberField
          label="Minimum learning rate"
          value={options.scheduleMinLr}
          min={0}
          onChange={(value) => set('scheduleMinLr', value)}
          help="Where half a cosine over all epochs ends."
        />
      )}
    </>
  );
}
