import type { ValidationResult } from '../../core/run/run-record';
import type { GalleryPictures } from '../../store/pictures/gallery-pictures';
import styles from './results.module.css';

interface WrongPicturesProps {
  readonly classNames: readonly string[];
  readonly validation: ValidationResult;
  readonly pictures: GalleryPictures;
}

/** The validation pictures that were got wrong, the surest mistakes first. */
export function WrongPictures({ classNames, validation, pictures }: WrongPicturesProps) {
  const { predictions } = validation;
  const wrong = predictions
    .map((prediction, index) => ({ ...prediction, picture: pictures.parts.validation[index] }))
    .filter(({ actual, predicted }) => actual !== predicted)
    .sort((a, b) => b.probability - a.probability);
  return (
    <div>
      <h3 className={styles.heading}>
        Wrong pictures <span className={styles.quiet}>{wrong.length === 0 ? 'none' : wrong.length}</span>
      </h3>
      <ul className={styles.pictures} aria-label="Wrong pictures">
        {wrong.map(({ picture, actual, predicted, probability }) =>
          picture === undefined ? null : (
            <li key={picture.id} className={styles.picture}>
              <img src={pictures.urls.of(picture)} alt={picture.name} loading="lazy" decoding="async" />
              <p>
                is <strong>{classNames[actual]}</strong>
                <br />
                taken for <strong>{classNames[predicted]}</strong>{' '}
                <span className={styles.share}>{Math.round(100 * probability)} %</span>
              </p>
            </li>
          ),
        )}
      </ul>
    </div>
  );
}
