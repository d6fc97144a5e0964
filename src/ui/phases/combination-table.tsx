import type { CombinationCost } from '../../core/run/cost-report';
import { StateWord } from '../controls/state-word';
import { formatEstimate, formatTimes } from '../format';
import styles from './cost.module.css';

/** The four choices of the two switches side by side, everything else as it is. */
export function CombinationTable({ combinations }: { readonly combinations: readonly CombinationCost[] }) {
  return (
    <table className={styles.table} aria-label="Cost of BatchNorm choices">
      <thead>
        <tr>
          <th scope="col">BatchNorm in frozen phase</th>
          <th scope="col">in unfrozen phase</th>
          <th scope="col">Cache</th>
          <th scope="col">Frozen phase</th>
          <th scope="col">In all</th>
        </tr>
      </thead>
      <tbody>
        {combinations.map((choice) => {
          const frozen = choice.trainBnFrozenPhase ? 'trainable' : 'frozen';
          const unfrozen = choice.trainBnUnfrozenPhase ? 'trainable' : 'frozen';
          return (
            <tr
              key={`${frozen} ${unfrozen}`}
              className={choice.isChosen ? styles.chosen : undefined}
              aria-current={choice.isChosen ? 'true' : undefined}
            >
              <th scope="row">
                <StateWord state={frozen} />
                {choice.isChosen && <span className={styles.mark}>chosen</span>}
              </th>
              <td>
                <StateWord state={unfrozen} />
              </td>
              <td>{choice.keepsFrozenValues ? 'yes' : 'no'}</td>
              <td>
                {formatEstimate(choice.frozenSeconds)}
                {choice.frozenTimes > 1.05 && (
                  <>
                    <br />
                    <span className={styles.quiet}>{formatTimes(choice.frozenTimes)} ×</span>
                  </>
                )}
              </td>
              <td>{formatEstimate(choice.seconds)}</td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}
