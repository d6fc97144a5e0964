import { type DragEvent, type ReactNode, useState } from 'react';
import { readDroppedFiles } from '../../data/dropped-files';
import styles from './data.module.css';

interface DropZoneProps {
  readonly onFiles: (files: readonly File[]) => void;
  readonly onFailure: (error: unknown) => void;
  readonly children: ReactNode;
}

/** Takes files and folders that are dropped on it. A convenience beside the buttons, never the only way. */
export function DropZone({ onFiles, onFailure, children }: DropZoneProps) {
  const [over, setOver] = useState(false);
  const drop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    readDroppedFiles(event.dataTransfer.items).then(onFiles, onFailure);
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: dropping has no role; the buttons inside do the same.
    <div
      className={over ? `${styles.drop} ${styles.over}` : styles.drop}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={drop}
    >
      {children}
    </div>
  );
}
