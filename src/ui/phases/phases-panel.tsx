import { NumberField } from '../controls/number-field';
import { SelectField } from '../controls/select-field';
import { SwitchField } from '../controls/switch-field';
import { Panel } from '../frame/panel';
import { useThawState } from '../thaw-context';
import { AdvancedOptions } from './advanced-options';
import { CompareWithLightning } from './compare-with-lightning';
import { CostOfChoice } from './cost-of-choice';
import { OwnPlan } from './own-plan';
import { PhaseBehaviourTable } from './phase-behaviour-table';
import styles from './phases.module.css';
import { PlanNotes } from './plan-notes';
import { useSetPhaseOption } from './use-phase-option';

const OPTIMIZERS = [
  { value: 'adam', label: 'Adam' },
  { value: 'adamw', label: 'AdamW' },
  { value: 'sgd', label: 'SGD' },
  { value: 'momentum', label: 'SGD with momentum' },
] as const;

export function PhasesPanel() {
  const options = useThawState((state) => state.options);
  const batchNormLayers = useThawState((state) => state.backbone.report?.batchNormLayers ?? null);
  const trainCount = useThawState((state) => state.data.report?.trainCount);
  const set = useSetPhaseOption();
  const { ownPlan } = options;
  // A schedule of finetuning-scheduler lists every layer that trains, BatchNorm too.
  const namesAll = ownPlan?.ftsSchedule !== undefined;
  const noBatchNorm = batchNormLayers === 0;
  return (
    <Panel name="Phases" number={3} messagesOf="phases" summary="epochs count from 0">
      <div className={styles.pair}>
        <NumberField
          label="Epochs"
          value={options.epochs}
          min={1}
          step={1}
          onChange={(value) => set('epochs', value)}
        />
        <NumberField
          label="Unfreeze backbone at epoch"
          value={ownPlan === null ? options.unfreezeBackboneAtEpoch : Number.NaN}
          min={0}
          step={1}
          disabled={ownPlan !== null}
          {...(ownPlan !== null && { emptyMeans: 'by the plan' })}
          onChange={(value) => set('unfreezeBackboneAtEpoch', value)}
        />
      </div>
      <div className={styles.switches}>
        <SwitchField
          label="Train BatchNorm in frozen phase"
          checked={options.trainBnFrozenPhase}
          disabled={noBatchNorm || namesAll}
          onChange={(checked) => set('trainBnFrozenPhase', checked)}
        />
        <SwitchField
          label="Train BatchNorm in unfrozen phase"
          checked={options.trainBnUnfrozenPhase}
          disabled={noBatchNorm || namesAll}
          onChange={(checked) => set('trainBnUnfrozenPhase', checked)}
        />
        {noBatchNorm && (
          <p className={styles.why}>This backbone has no BatchNorm layers, so there is nothing to switch.</p>
        )}
      </div>
      {ownPlan === null ? <PhaseBehaviourTable /> : <OwnPlan plan={ownPlan} />}
      <CostOfChoice />
      <div className={styles.three}>
        <NumberField
          label="Learning rate"
          value={options.learningRate}
          min={0}
          onChange={(value) => set('learningRate', value)}
        />
        <NumberField
          label="Batch size"
          value={options.batchSize}
          min={1}
          step={1}
          onChange={(value) => set('batchSize', value)}
          {...(options.batchSize === trainCount && { help: 'all there are' })}
        />
        <SelectField
          label="Optimizer"
          value={options.optimizer}
          options={OPTIMIZERS}
          onChange={(value) => set('optimizer', value)}
        />
      </div>
      <PlanNotes />
      <AdvancedOptions />
      <CompareWithLightning />
    </Panel>
  );
}
