import { PenLine } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import { Button } from '../controls/button';
import controls from '../controls/controls.module.css';
import styles from './data.module.css';

interface ClassHeadingProps {
  readonly className: string;
  /** Of its pictures that are shown. */
  readonly count: number;
  /** Null: the name is only shown. */
  readonly onRename: ((to: string) => void) | null;
}

/** A class's name and number of pictures; the name can be changed where it stands. */
export function ClassHeading({ className, count, onRename }: ClassHeadingProps) {
  const [renaming, setRenaming] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  const takeFocus = useRef(false);
  useEffect(() => {
    if (renaming || !takeFocus.current) return;
    takeFocus.current = false;
    button.current?.focus();
  }, [renaming]);

  const close = (by: EndedBy) => {
    takeFocus.current = by === 'key';
    setRenaming(false);
  };
  if (renaming && onRename !== null) {
    return (
      <NameField
        className={className}
        onName={(name, by) => {
          close(by);
          onRename(name);
        }}
        onGiveUp={() => close('key')}
      />
    );
  }
  return (
    <>
      <h3 className={styles.className}>
        {className} <span className={styles.count}>{count}</span>
      </h3>
      {onRename !== null && (
        <Button
          ref={button}
          look="quiet"
          aria-label={`Rename ${className}`}
          onClick={() => setRenaming(true)}
        >
          <PenLine aria-hidden="true" size={13} />
          Rename
        </Button>
      )}
    </>
  );
}

/** Whoever ends it with a key goes on from where it began; whoever leaves it is elsewhere already. */
type EndedBy = 'key' | 'leaving';

interface NameFieldProps {
  readonly className: string;
  readonly onName: (name: string, by: EndedBy) => void;
  readonly onGiveUp: () => void;
}

function NameField({ className, onName, onGiveUp }: NameFieldProps) {
  const [name, setName] = useState(className);
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => {
    input.current?.focus();
    input.current?.select();
  }, []);
  return (
    <form
      className={styles.rename}
      onSubmit={(event) => {
        event.preventDefault();
        onName(name, 'key');
      }}
    >
      <input
        ref={input}
        className={controls.input}
        aria-label={`New name of ${className}`}
        autoComplete="off"
        value={name}
        onChange={(event) => setName(event.target.value)}
        onBlur={() => {
          // It still has the focus where it is only the window that was left.
          if (document.activeElement !== input.current) onName(name, 'leaving');
        }}
        onKeyDown={(event) => {
          if (event.key === 'Escape' && !event.nativeEvent.isComposing) onGiveUp();
        }}
      />
    </form>
  );
}
