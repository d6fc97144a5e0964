import { memo, useState } from 'react';
import type { Picture } from '../../data/picture-set';
import type { GalleryPictures } from '../../store/gallery-pictures';
import { ScrollBox } from '../controls/scroll-box';
import styles from './data.module.css';

const PARTS = [
  { part: 'all', label: 'All' },
  { part: 'train', label: 'Training' },
  { part: 'validation', label: 'Validation' },
] as const;

type Part = (typeof PARTS)[number]['part'];

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
          </label>
        ))}
      </fieldset>
      <ScrollBox className={styles.scroll} label="Gallery">
        {set.classNames.map((className, classIndex) => (
          <ClassRow
            key={className}
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
  readonly urls: ReadonlyMap<string, string>;
  readonly validation: ReadonlySet<string>;
}

function ClassRow({ className, pictures, urls, validation }: ClassRowProps) {
  return (
    <div className={styles.class}>
      <h3 className={styles.className}>
        {className} <span className={styles.count}>{pictures.length}</span>
      </h3>
      <ul className={styles.thumbnails}>
        {pictures.map(({ id, name }) => {
          const label = `${name}, ${validation.has(id) ? 'validation' : 'training'}`;
          return (
            <li key={id} className={styles.thumbnail}>
              <img src={urls.get(id)} alt={label} title={label} loading="lazy" decoding="async" />
              {validation.has(id) && (
                <span className={styles.mark} aria-hidden="true">
                  V
                </span>
              )}
            </li>
          );
        })}
      </ul>
    </div>
  );
}
