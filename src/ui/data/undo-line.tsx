import { Undo2 } from 'lucide-react';
import { useEffect, useRef } from 'react';
import { Button } from '../controls/button';
import { useThaw, useThawState } from '../thaw-context';
import styles from './data.module.css';

/**
 * Says what was removed last, with a way to have it back.
 * @param onUndone called where the focus has gone with the button
 */
export function UndoLine({ onUndone }: { readonly onUndone: () => void }) {
  const { actions, attempt } = useThaw();
  const undo = useThawState((state) => state.data.undo);
  const button = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    // The button that was pressed may have gone with its pictures. Who added others was not at one.
    if (undo === null || undo.kind === 'replaced') return;
    if (document.activeElement === document.body) button.current?.focus();
  }, [undo]);
  if (undo === null) return null;
  return (
    <div className={styles.undo}>
      <p role="status">{undo.text}</p>
      <Button
        ref={button}
        look="quiet"
        onClick={async () => {
          await attempt('data', actions.undo);
          if (document.activeElement === document.body) onUndone();
        }}
      >
        <Undo2 aria-hidden="true" size={14} />
        Undo
      </Button>
    </div>
  );
}
