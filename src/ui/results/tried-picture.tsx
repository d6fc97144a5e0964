import type { TriedPicture as Tried } from '../../store/state';
import { ReadOut } from './read-out';
import styles from './results.module.css';

/** What the model says of a picture of one's own. */
export function TriedPicture({ tried }: { readonly tried: Tried }) {
  return (
    <div className={styles.tried}>
      <img src={tried.url} alt={tried.name} />
      <ReadOut of="picture" probabilities={tried.probabilities} />
    </div>
  );
}
