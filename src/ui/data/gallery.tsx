import { memo, useState } from 'react';
import type { Picture } from '../../data/picture-set';
import type { GalleryPictures, PictureUrls } from '../../store/gallery-pictures';
import { Button } from '../controls/button';
import { ScrollBox } from '../controls/scroll-box';
import styles from './data.module.css';

const PARTS = [
  { part: 'all', label: 'All' },
  { part: 'train', label: 'Training' },
  { part: 'validation', label: 'Validation' },
] as const;

type Part = (typeof PARTS)[number]['part'];

/** Of a class; thousands of thumbnails at once would keep the page from answering. */
const SHOWN_AT_FIRST = 60;
const SHOWN_MORE = 120;

/** The pictures by class and by split. */
export const Gallery = memo(function Gallery({ pictures }: { readonly pictures: GalleryPictures }) {
  const [part, setPart] = useState<Part>('all');
  const { set, parts, urls } = pictures;
  const shown = part === 'all' ? set.pictures : parts[part];
  const validation = new Set(parts.validation.map(({ id }) => id));
  return (
    <div className={styles.gallery}>
      <fieldset className={styles.parts}>
        <legend className={styles.legend}>Pictures shown</legend>
        {PARTS.map((choice) => (
          <label key={choice.part} className={styles.part}>
            <input
              type="radio"
              name="gallery-part"
              checked={part === choice.part}
              onChange={() => setPart(choice.part)}
            />
            {choice.label} {choice.part === 'all' ? set.pictures.length : parts[choice.part].length}
            {choice.part === 'validation' && (
              <span className={styles.key} aria-hidden="true">
                V
              </span>
            )}
          </label>
        ))}
      </fieldset>
      <ScrollBox className={styles.scroll} label="Gallery">
        {set.classNames.map((className, classIndex) => (
          <ClassRow
            key={`${part} ${className}`}
            className={className}
            pictures={shown.filter((picture) => picture.classIndex === classIndex)}
            urls={urls}
            validation={validation}
          />
        ))}
      </ScrollBox>
    </div>
  );
});

interface ClassRowProps {
  readonly className: string;
  readonly pictures: readonly Picture[];
  readonly urls: PictureUrls;
  readonly validation: ReadonlySet<string>;
}

function ClassRow({ className, pictures, urls, validation }: ClassRowProps) {
  const [limit, setLimit] = useState(SHOWN_AT_FIRST);
  const hidden = Math.max(0, pictures.length - limit);
  return (
    <div className={styles.class}>
      <h3 className={styles.className}>
        {className} <span className={styles.count}>{pictures.length}</span>
      </h3>
      <ul className={styles.thumbnails}>
        {pictures.slice(0, limit).map((picture) => {
          const { id, name } = picture;
          const label = `${name}, ${validation.has(id) ? 'validation' : 'training'}`;
          return (
            <li key={id} className={styles.thumbnail}>
              <img src={urls.of(picture)} alt={label} title={label} loading="lazy" decoding="async" />
              {validation.has(id) && (
                <span className={styles.mark} aria-hidden="true">
                  V
                </span>
              )}
            </li>
          );
        })}
      </ul>
      {hidden > 0 && (
        <Button look="quiet" onClick={() => setLimit(limit + SHOWN_MORE)}>
          Show {Math.min(hidden, SHOWN_MORE)} more of {className}
        </Button>
      )}
    </div>
  );
}
