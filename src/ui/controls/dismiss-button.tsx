import { X } from 'lucide-react';
import styles from './controls.module.css';

/** Takes a sentence off the page. */
export function DismissButton({ onDismiss }: { readonly onDismiss: () => void }) {
  return (
    <button type="button" className={styles.dismiss} aria-label="Dismiss message" onClick={onDismiss}>
      <X aria-hidden="true" size={14} />
    </button>
  );
}
