import { resultClassNames } from '../../store/renamed-class';
import type { TriedPicture as Tried } from '../../store/state';
import { useThawState } from '../thaw-context';
import styles from './results.module.css';

/** What the model says of a picture of one's own, the likeliest class first. */
export function TriedPicture({ tried }: { readonly tried: Tried }) {
  const classNames = useThawState(resultClassNames);
  const ranked = tried.probabilities
    .map((probability, index) => ({ name: classNames[index] ?? `class ${index}`, probability }))
    .sort((a, b) => b.probability - a.probability);
  const best = ranked[0];
  return (
    <div className={styles.tried}>
      <img src={tried.url} alt={tried.name} />
      <div>
        <p role="status" aria-label="Prediction">
          {best === undefined ? 'No class' : `${best.name}, ${Math.round(100 * best.probability)} %`}
        </p>
        <table className={styles.classes} aria-label="Probabilities">
          <tbody>
            {ranked.map(({ name, probability }) => (
              <tr key={name}>
                <th scope="row">{name}</th>
                <td className={styles.barCell}>
                  <div className={styles.bar} style={{ width: `${100 * probability}%` }} />
                </td>
                <td>{(100 * probability).toFixed(1)} %</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </div>
  );
}
