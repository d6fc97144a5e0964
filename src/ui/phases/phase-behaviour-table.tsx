import { phaseBehaviour } from '../../core/phases/phase-behaviour';
import { StateWord } from '../controls/state-word';
import { useThawState } from '../thaw-context';
import styles from './phases.module.css';

const ROW_NAMES = { frozen: 'Frozen phase', unfrozen: 'After unfreeze' } as const;

/** What the two switches mean, in four words. */
export function PhaseBehaviourTable() {
  const { trainBnFrozenPhase, trainBnUnfrozenPhase, preset } = useThawState((state) => state.options);
  const rows = phaseBehaviour({
    trainBnFrozenPhase,
    trainBnUnfrozenPhase,
    preset: preset === 'none' ? null : preset,
  });
  return (
    <table className={styles.behaviour} aria-label="Phase behaviour">
      <thead>
        <tr>
          <td />
          <th scope="col">Backbone</th>
          <th scope="col">BatchNorm</th>
        </tr>
      </thead>
      <tbody>
        {rows.map(({ phase, backbone, batchNorm }) => (
          <tr key={phase}>
            <th scope="row">{ROW_NAMES[phase]}</th>
            <td>
              <StateWord state={backbone} />
            </td>
            <td>
              <StateWord state={batchNorm} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
