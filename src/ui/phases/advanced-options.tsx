import { NumberField } from '../controls/number-field';
import { SelectField } from '../controls/select-field';
import { SwitchField } from '../controls/switch-field';
import { useThawState } from '../thaw-context';
import { AugmentationOptions } from './augmentation-options';
import { ClassWeightsField } from './class-weights-field';
import { OptimizerOptions } from './optimizer-options';
import styles from './phases.module.css';
import { ScheduleOptions } from './schedule-options';
import { useSetPhaseOption } from './use-phase-option';

const PRESETS = [
  { value: 'none', label: 'None: as the switches say' },
  { value: 'lightning-2.6', label: 'Lightning 2.6' },
] as const;

const PRECISIONS = [
  { value: '32-true', label: '32-true' },
  { value: '16-mixed', label: '16-mixed' },
] as const;

/** Every option of the callback and of the optimizer, each with a sentence of help. */
export function AdvancedOptions() {
  const options = useThawState((state) => state.options);
  const { ownPlan } = options;
  const set = useSetPhaseOption();
  return (
    <details className={styles.details}>
      <summary>Advanced</summary>
      <div className={styles.advanced}>
        <h3 className={styles.group}>Backbone’s learning rate</h3>
        <NumberField
          label="Backbone initial ratio"
          disabled={ownPlan !== null}
          value={options.backboneInitialRatioLr}
          min={0}
          onChange={(value) => set('backboneInitialRatioLr', value)}
          help="At unfreezing the backbone’s rate is the head’s current rate times this."
        />
        <NumberField
          label="Backbone initial learning rate"
          disabled={ownPlan !== null}
          value={options.backboneInitialLr ?? Number.NaN}
          min={0}
          emptyMeans="from the ratio"
          onChange={(value) => set('backboneInitialLr', Number.isNaN(value) ? null : value)}
          help="At unfreezing the backbone’s rate is this, instead of the ratio."
        />
        <NumberField
          label="Multiplier"
          disabled={ownPlan !== null}
          value={options.multiplierByEpoch === null ? options.multiplier : Number.NaN}
          min={0}
          {...(options.multiplierByEpoch !== null && { emptyMeans: 'by the script' })}
          onChange={(value) => set('multiplierByEpoch', null) && set('multiplier', value)}
          help="From the epoch after unfreezing on, the backbone’s rate is multiplied by this every epoch."
        />
        <NumberField
          label="Initial denominator"
          disabled={ownPlan?.ftsSchedule !== undefined}
          value={options.initialDenomLr}
          min={0}
          onChange={(value) => set('initialDenomLr', value)}
          help="Divides the head’s rate for a group that is added with no rate of its own."
        />
        <SwitchField
          label="Align with the head"
          disabled={ownPlan !== null}
          checked={options.shouldAlign}
          onChange={(checked) => set('shouldAlign', checked)}
          help="The backbone’s rate never rises above the head’s, and then follows it."
        />
        <SwitchField
          label="Log learning rates"
          checked={options.verbose}
          onChange={(checked) => set('verbose', checked)}
          help="Writes the head’s and the backbone’s rate into the log of the run."
        />
        <NumberField
          label="Rounding"
          value={options.rounding}
          min={0}
          step={1}
          onChange={(value) => set('rounding', value)}
          help="Digits of the logged rates."
        />
        <h3 className={styles.group}>Optimizer</h3>
        <OptimizerOptions />
        <ScheduleOptions />
        <h3 className={styles.group}>Pictures</h3>
        <AugmentationOptions />
        <h3 className={styles.group}>Run</h3>
        <ClassWeightsField />
        <SelectField
          label="Precision"
          value={options.precision}
          options={PRECISIONS}
          onChange={(value) => set('precision', value)}
          help="16-mixed keeps what lies between the layers in 16 bits: half the memory. On WebGPU, and only where the first batch gives the same step."
        />
        <SwitchField
          label="Shuffle"
          checked={options.shuffle}
          onChange={(checked) => set('shuffle', checked)}
          help="A new order of the training pictures in every epoch."
        />
        <NumberField
          label="Seed"
          value={options.seed}
          min={0}
          step={1}
          onChange={(value) => set('seed', value)}
          help="Decides the order, the new head, dropout and augmentation: one seed gives the same run again."
        />
        <SelectField
          label="Preset"
          disabled={ownPlan !== null}
          value={options.preset}
          options={PRESETS}
          onChange={(value) => set('preset', value)}
          help="Lightning 2.6 repeats what that version really does, quirks and all, for comparison."
        />
      </div>
    </details>
  );
}
