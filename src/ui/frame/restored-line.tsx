import { History, RotateCcw } from 'lucide-react';
import { useState } from 'react';
import { Button } from '../controls/button';
import { DismissButton } from '../controls/dismiss-button';
import { useThaw, useThawState } from '../thaw-context';
import { ModalDialog } from './modal-dialog';
import styles from './restored-line.module.css';

const LIST = new Intl.ListFormat('en');

/** Says what of the last visit is here again, with a way to begin anew. */
export function RestoredLine() {
  const { actions } = useThaw();
  const restored = useThawState((state) => state.kept.restored);
  const [asking, setAsking] = useState(false);
  if (restored.length === 0) return null;
  return (
    <section className={styles.line} aria-label="Last visit">
      <History className={styles.sign} aria-hidden="true" size={16} />
      <p className={styles.text} role="status">
        From your last visit, kept on this machine: {LIST.format(restored)}.
      </p>
      <Button look="quiet" onClick={() => setAsking(true)}>
        <RotateCcw aria-hidden="true" size={14} />
        Begin anew
      </Button>
      <DismissButton onDismiss={actions.dismissRestored} />
      {asking && <BeginAnewDialog onClose={() => setAsking(false)} />}
    </section>
  );
}

function BeginAnewDialog({ onClose }: { readonly onClose: () => void }) {
  const { actions, attempt } = useThaw();
  return (
    <ModalDialog title="Begin anew?" onClose={onClose}>
      <p className={styles.question}>
        This browser forgets the pictures, the backbone, the options and the run. Your own files stay where
        they are.
      </p>
      <div className={styles.foot}>
        <Button onClick={onClose}>Cancel</Button>
        <Button
          look="next"
          onClick={() => {
            onClose();
            void attempt('machine', actions.beginAnew);
          }}
        >
          Remove and begin anew
        </Button>
      </div>
    </ModalDialog>
  );
}
