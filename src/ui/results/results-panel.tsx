import { resultClassNames } from '../../store/pictures/result-class-names';
import { Panel } from '../frame/panel';
import { useThawState } from '../thaw-context';
import { ClassTable } from './class-table';
import { ConfusionMatrix } from './confusion-matrix';
import { ModelPresses } from './model-presses';
import styles from './results.module.css';
import { ValidationAccuracy } from './validation-accuracy';
import { WrongPictures } from './wrong-pictures';

export function ResultsPanel() {
  const validation = useThawState((state) => state.training.validation);
  const pictures = useThawState((state) => state.results.pictures);
  const classNames = useThawState(resultClassNames);
  // A run that failed after its first epoch leaves the weights of the last that ended well.
  const trained = useThawState(
    ({ training, results }) =>
      results.replacedBy === null &&
      (training.validation !== null || (training.status === 'failed' && training.records.length > 0)),
  );
  return (
    <Panel name="Results" number={5} messagesOf="results" summary={<WhichModel />}>
      <ValidationAccuracy validation={validation} />
      {validation !== null && (
        <>
          <div className={styles.tables}>
            <ConfusionMatrix classNames={classNames} confusion={validation.confusion} />
            <ClassTable classNames={classNames} perClass={validation.perClass} />
          </div>
          {pictures !== null && (
            <WrongPictures classNames={classNames} validation={validation} pictures={pictures} />
          )}
        </>
      )}
      <ModelPresses trained={trained} />
    </Panel>
  );
}

/** Of which weights the results are: a run that was stopped in an epoch is validated as it stood. */
function WhichModel() {
  const status = useThawState((state) => state.training.status);
  const epoch = useThawState((state) => state.training.epoch);
  const validated = useThawState((state) => state.training.validation !== null);
  const replaced = useThawState((state) => state.results.replacedBy !== null);
  if (!validated) return 'after the run';
  if (replaced) return 'of the run before';
  return status === 'stopped' && epoch !== null ? `as stopped in epoch ${epoch}` : null;
}
