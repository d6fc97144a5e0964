import { ScrollBox } from '../controls/scroll-box';
import { useThawState } from '../thaw-context';
import styles from './training.module.css';

/** What the run wrote into its log, when learning rates are logged. */
export function RunLog() {
  const log = useThawState((state) => state.training.log);
  if (log.length === 0) return null;
  return (
    <details className={styles.details}>
      <summary>Log</summary>
      <ScrollBox className={styles.tableBox} label="Log">
        <pre className={styles.log}>{log.join('\n')}</pre>
      </ScrollBox>
    </details>
  );
}
