import { useThawState } from '../thaw-context';
import styles from './training.module.css';

/** What the run wrote into its log, when learning rates are logged. */
export function RunLog() {
  const log = useThawState((state) => state.training.log);
  if (log.length === 0) return null;
  return (
    <details className={styles.details}>
      <summary>Log</summary>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reachable by keyboard. */}
      <section className={styles.tableBox} tabIndex={0} aria-label="Log">
        <pre className={styles.log}>{log.join('\n')}</pre>
      </section>
    </details>
  );
}
