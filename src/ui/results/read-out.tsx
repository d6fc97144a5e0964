import { useEffect, useState } from 'react';
import { resultClassNames } from '../../store/pictures/result-class-names';
import { useThawState } from '../thaw-context';
import styles from './results.module.css';

interface ReadOutProps {
  /** Of a webcam's picture the answer changes many times a second. */
  readonly of: 'picture' | 'webcam';
  /** One a class. */
  readonly probabilities: readonly number[];
}

/** The model's answer: the likeliest class first, or each class where it was, so that no line moves. */
export function ReadOut({ of, probabilities }: ReadOutProps) {
  const classNames = useThawState(resultClassNames);
  const lines = probabilities.map((probability, index) => ({
    name: classNames[index] ?? `class ${index}`,
    probability,
  }));
  const ranked = lines.toSorted((a, b) => b.probability - a.probability);
  const best = ranked[0];
  return (
    <div>
      <p role="status" aria-label="Prediction" aria-live={of === 'webcam' ? 'off' : 'polite'}>
        {best === undefined ? 'No class' : `${best.name}, ${Math.round(100 * best.probability)} %`}
      </p>
      {of === 'webcam' && best !== undefined && <SpokenClass name={best.name} />}
      <table className={styles.classes} aria-label="Probabilities">
        <tbody>
          {(of === 'webcam' ? lines : ranked).map(({ name, probability }) => (
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
  );
}

const STEADY_MS = 700;

/** For screen readers: the class once it has been the likeliest for a while, not every number on the way. */
function SpokenClass({ name }: { readonly name: string }) {
  const [spoken, setSpoken] = useState('');
  useEffect(() => {
    const timer = setTimeout(() => setSpoken(name), STEADY_MS);
    return () => clearTimeout(timer);
  }, [name]);
  return (
    <p role="status" className={styles.spoken}>
      {spoken}
    </p>
  );
}
