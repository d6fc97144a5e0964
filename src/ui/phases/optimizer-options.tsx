import { NumberField } from '../controls/number-field';
import { useThawState } from '../thaw-context';
import { useSetPhaseOption } from './use-phase-option';

/** Those options that the chosen optimizer has. */
export function OptimizerOptions() {
  const options = useThawState((state) => state.options);
  const set = useSetPhaseOption();
  const adaptive = options.optimizer === 'adam' || options.optimizer === 'adamw';
  const decay = options.optimizer === 'adamw' ? '0.01' : '0';
  return (
    <>
      {options.optimizer === 'momentum' && (
        <NumberField
          label="Momentum"
          value={options.momentum}
          min={0}
          onChange={(value) => set('momentum', value)}
          help="The share of the last update that is added to the next."
        />
      )}
      <NumberField
        label="Weight decay"
        value={options.weightDecay ?? Number.NaN}
        min={0}
        emptyMeans={decay}
        onChange={(value) => set('weightDecay', Number.isNaN(value) ? null : value)}
        help={
          options.optimizer === 'adamw'
            ? 'Shrinks every weight by this share of the rate in a step, apart from the gradient.'
            : 'Adds this share of every weight to its gradient.'
        }
      />
      {adaptive && (
        <>
          <NumberField
            label="Beta 1"
            value={options.beta1}
            min={0}
            max={1}
            onChange={(value) => set('beta1', value)}
            help="The share of the old mean that the mean of the gradients keeps in a step."
          />
          <NumberField
            label="Beta 2"
            value={options.beta2}
            min={0}
            max={1}
            onChange={(value) => set('beta2', value)}
            help="The share of the old mean that the mean of their squares keeps in a step."
          />
          <NumberField
            label="Epsilon"
            value={options.epsilon}
            min={0}
            onChange={(value) => set('epsilon', value)}
            help="Added to the divisor of an update, so that it is never zero."
          />
        </>
      )}
    </>
  );
}
