import type { ValidationResult } from '../../core/run/run-record';
import { formatShare } from '../format';
import styles from './results.module.css';

export function ValidationAccuracy({ validation }: { readonly validation: ValidationResult | null }) {
  return (
    <div className={styles.accuracy}>
      <span className={styles.accuracyName} aria-hidden="true">
        Validation accuracy
      </span>
      <p role="status" aria-label="Validation accuracy" className={styles.accuracyValue}>
        {describeAccuracy(validation)}
      </p>
    </div>
  );
}

function describeAccuracy(validation: ValidationResult | null) {
  if (validation === null) return <span className={styles.quiet}>Train to see how well it does.</span>;
  const count = validation.predictions.length;
  if (count === 0) return <span className={styles.quiet}>No validation pictures were given.</span>;
  const right = validation.predictions.filter(({ actual, predicted }) => actual === predicted).length;
  return (
    <>
      <strong>{formatShare(validation.accuracy)}</strong>{' '}
      <span className={styles.quiet}>
        {right} of {count} pictures right
      </span>
    </>
  );
}
