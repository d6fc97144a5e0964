import type { CSSProperties } from 'react';
import { ScrollBox } from '../controls/scroll-box';
import styles from './results.module.css';

interface ConfusionMatrixProps {
  readonly classNames: readonly string[];
  /** [actual][predicted], in pictures. */
  readonly confusion: readonly (readonly number[])[];
}

export function ConfusionMatrix({ classNames, confusion }: ConfusionMatrixProps) {
  return (
    <div className={styles.table}>
      <h3 className={styles.heading}>Confusion matrix</h3>
      <ScrollBox className={styles.scroll} label="Confusion matrix, scrolling">
        <table className={styles.matrix} aria-label="Confusion matrix">
          <thead>
            <tr>
              <th scope="col" className={styles.corner}>
                actual ↓ predicted →
              </th>
              {classNames.map((name) => (
                <th key={name} scope="col">
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {classNames.map((name, actual) => (
              <tr key={name}>
                <th scope="row">{name}</th>
                {classNames.map((predictedName, predicted) => {
                  const row = confusion[actual] ?? [];
                  const count = row[predicted] ?? 0;
                  const all = row.reduce((sum, value) => sum + value, 0);
                  return (
                    <td
                      key={predictedName}
                      className={actual === predicted ? styles.right : styles.wrong}
                      style={{ '--share': all === 0 ? 0 : count / all } as CSSProperties}
                    >
                      {count}
                    </td>
                  );
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </ScrollBox>
    </div>
  );
}
