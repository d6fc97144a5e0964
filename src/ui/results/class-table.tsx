import type { ValidationResult } from '../../core/run/run-record';
import { ScrollBox } from '../controls/scroll-box';
import { formatShare } from '../format';
import styles from './results.module.css';

interface ClassTableProps {
  readonly classNames: readonly string[];
  /** In their order. */
  readonly perClass: ValidationResult['perClass'];
}

export function ClassTable({ classNames, perClass }: ClassTableProps) {
  return (
    <div className={styles.table}>
      <h3 className={styles.heading}>By class</h3>
      <ScrollBox className={styles.scroll} label="By class, scrolling">
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
            {perClass.map(({ name, precision, recall, support }, index) => (
              <tr key={name}>
                <th scope="row">{classNames[index]}</th>
                <td>{formatShare(precision)}</td>
                <td>{formatShare(recall)}</td>
                <td>{support}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </ScrollBox>
    </div>
  );
}
