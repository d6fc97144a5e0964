import { ScrollBox } from '../controls/scroll-box';
import { formatLoss, formatRate, formatShare, formatTook } from '../format';
import { useThawState } from '../thaw-context';
import { ownPhaseName } from './phase-name';
import styles from './training.module.css';

/** The numbers behind the charts, for reading and copying. */
export function EpochTable() {
  const records = useThawState((state) => state.training.records);
  return (
    <details className={styles.details}>
      <summary>Numbers by epoch</summary>
      {records.length === 0 && <p className={styles.planNote}>Filled after the first epoch.</p>}
      <ScrollBox className={styles.tableBox} label="Numbers by epoch">
        <table className={styles.epochs} aria-label="Epochs">
          <thead>
            <tr>
              <th scope="col">Epoch</th>
              <th scope="col">Phase</th>
              <th scope="col">Head rate</th>
              <th scope="col">Backbone rate</th>
              <th scope="col">Training loss</th>
              <th scope="col">Training accuracy</th>
              <th scope="col">Validation loss</th>
              <th scope="col">Validation accuracy</th>
              <th scope="col">Time</th>
            </tr>
          </thead>
          <tbody>
            {records.map((record) => (
              <tr key={record.epoch}>
                <th scope="row">{record.epoch}</th>
                <td>{ownPhaseName(record) ?? record.phase}</td>
                <td>{formatRate(record.headLr)}</td>
                <td>{formatRate(record.backboneLr)}</td>
                <td>{formatLoss(record.trainLoss)}</td>
                <td>{formatShare(record.trainAccuracy)}</td>
                <td>{formatLoss(record.valLoss)}</td>
                <td>{formatShare(record.valAccuracy)}</td>
                <td>{formatTook(record.ms)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </ScrollBox>
    </details>
  );
}
