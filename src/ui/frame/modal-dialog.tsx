import { X } from 'lucide-react';
import { type ReactNode, useEffect, useId, useRef } from 'react';
import styles from './modal-dialog.module.css';

interface ModalDialogProps {
  readonly title: string;
  /** Asked on Escape and on the closing press; false keeps it open. Default: it closes. */
  readonly mayClose?: () => boolean;
  readonly onClose: () => void;
  readonly children: ReactNode;
}

/** The browser's own dialog: it keeps the focus inside, closes on Escape and gives the focus back. */
export function ModalDialog({ title, mayClose = () => true, onClose, children }: ModalDialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => {
    dialog.current?.showModal();
  }, []);
  return (
    <dialog
      ref={dialog}
      className={styles.dialog}
      aria-labelledby={id}
      onCancel={(event) => {
        if (event.target === event.currentTarget && !mayClose()) event.preventDefault();
      }}
      onClose={onClose}
    >
      <header className={styles.header}>
        <h2 id={id} className={styles.title}>
          {title}
        </h2>
        <button
          type="button"
          className={styles.close}
          aria-label="Close"
          onClick={() => {
            if (mayClose()) dialog.current?.close();
          }}
        >
          <X aria-hidden="true" size={16} />
        </button>
      </header>
      {children}
    </dialog>
  );
}
