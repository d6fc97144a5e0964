import { Trash2, X } from 'lucide-react';
import { memo, useState } from 'react';
import type { Picture } from '../../data/picture-set';
import type { GalleryPictures, PictureUrls } from '../../store/pictures/gallery-pictures';
import { Button } from '../controls/button';
import { focusNext } from '../controls/focus-next';
import { ScrollBox } from '../controls/scroll-box';
import { useThaw } from '../thaw-context';
import { ClassHeading } from './class-heading';
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

interface GalleryProps {
  readonly pictures: GalleryPictures;
  /** Whether pictures can be removed and classes renamed. */
  readonly editing: boolean;
}

/** The pictures by class and by split. */
export const Gallery = memo(function Gallery({ pictures, editing }: GalleryProps) {
  const [part, setPart] = useState<Part>('all');
  const { set, parts, urls } = pictures;
  const shown = part === 'all' ? set.pictures : parts[part];
  const validation = new Set(parts.validation.map(({ id }) => id));
  const { actions, attempt } = useThaw();
  const rename = (from: string, to: string) => void attempt('data', () => actions.renameClass(from, to));
  const remove = (ids: readonly string[]) => void attempt('data', () => actions.removePictures(ids));
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
            // biome-ignore lint/suspicious/noArrayIndexKey: a class that is renamed keeps its place, and the focus.
            key={`${part} ${classIndex}`}
            className={className}
            pictures={shown.filter((picture) => picture.classIndex === classIndex)}
            urls={urls}
            validation={validation}
            onRename={editing ? rename : null}
            onRemove={editing ? remove : null}
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
  /** Null, both: class and pictures are only shown. */
  readonly onRename: ((from: string, to: string) => void) | null;
  readonly onRemove: ((ids: readonly string[]) => void) | null;
}

function ClassRow({ className, pictures, urls, validation, onRename, onRemove }: ClassRowProps) {
  const [limit, setLimit] = useState(SHOWN_AT_FIRST);
  const hidden = Math.max(0, pictures.length - limit);
  return (
    <div className={styles.class}>
      <div className={styles.classHead}>
        <ClassHeading
          className={className}
          count={pictures.length}
          onRename={onRename && ((to) => onRename(className, to))}
        />
        {onRemove !== null && pictures.length > 0 && (
          <Button
            look="quiet"
            aria-label={`Remove these ${pictures.length} of ${className}`}
            onClick={() => onRemove(pictures.map(({ id }) => id))}
          >
            <Trash2 aria-hidden="true" size={13} />
            Remove these {pictures.length}
          </Button>
        )}
      </div>
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
              {onRemove !== null && (
                <button
                  type="button"
                  className={styles.remove}
                  aria-label={`Remove ${name}`}
                  title={`Remove ${name}`}
                  onClick={(event) => {
                    focusNext(event.currentTarget);
                    onRemove([id]);
                  }}
                >
                  <X aria-hidden="true" size={14} />
                </button>
              )}
            </li>
          );
        })}
      </ul>
      {hidden > 0 && (
        <Button look="quiet" className={styles.more} onClick={() => setLimit(limit + SHOWN_MORE)}>
          Show {Math.min(hidden, SHOWN_MORE)} more of {className}
        </Button>
      )}
    </div>
  );
}
