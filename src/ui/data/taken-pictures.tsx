import { X } from 'lucide-react';
import { memo, useEffect, useState } from 'react';
import { focusNext } from '../controls/focus-next';
import { ScrollBox } from '../controls/scroll-box';
import styles from './data.module.css';
import own from './record-dialog.module.css';

interface TakenPicturesProps {
  /** The newest first. */
  readonly taken: readonly File[];
  readonly onRemove: (frame: File) => void;
}

/** What was recorded, each with a way to throw it away. */
export function TakenPictures({ taken, onRemove }: TakenPicturesProps) {
  return (
    <ScrollBox className={own.taken} label="Pictures taken">
      {taken.length === 0 && <p className={own.empty}>What you record appears here.</p>}
      <ul className={styles.thumbnails} aria-label="Pictures taken">
        {taken.map((frame, index) => (
          <Thumbnail key={frame.name} frame={frame} number={taken.length - index} onRemove={onRemove} />
        ))}
      </ul>
    </ScrollBox>
  );
}

interface ThumbnailProps {
  readonly frame: File;
  readonly number: number;
  readonly onRemove: (frame: File) => void;
}

const Thumbnail = memo(function Thumbnail({ frame, number, onRemove }: ThumbnailProps) {
  const [url, setUrl] = useState<string | null>(null);
  useEffect(() => {
    const made = URL.createObjectURL(frame);
    setUrl(made);
    return () => URL.revokeObjectURL(made);
  }, [frame]);
  const label = `Remove frame ${number}`;
  return (
    <li className={styles.thumbnail}>
      {url !== null && <img src={url} alt={`Frame ${number}`} decoding="async" />}
      <button
        type="button"
        className={styles.remove}
        aria-label={label}
        title={label}
        onClick={(event) => {
          focusNext(event.currentTarget);
          onRemove(frame);
        }}
      >
        <X aria-hidden="true" size={14} />
      </button>
    </li>
  );
});
