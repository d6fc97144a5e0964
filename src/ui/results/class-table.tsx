import type { ValidationResult } from '../../core/run-record';
import { formatShare } from '../format';
import styles from './results.module.css';

export function ClassTable({ perClass }: { readonly perClass: ValidationResult['perClass'] }) {
  return (
    <div className={styles.table}>
      <h3 className={styles.heading}>By class</h3>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reachable by keyboard. */}
      <section className={styles.scroll} tabIndex={0} aria-label="By class, scrolling">
        <table className={styles.classes} aria-label="By class">
          <thead>
            <tr>
              <th scope="col">Class</th>
              <th scope="col">Precision</th>
              <th scope="col">Recall</th>
              <th scope="col">Pictures</th>
            </tr>
          </thead>
          <tbody>
            {perClass.map(({ name, precision, recall, support }) => (
              <tr key={name}>
                <th scope="row">{name}</th>
                <td>{formatShare(precision)}</td>
                <td>{formatShare(recall)}</td>
                <td>{support}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </div>
  );
}
