import { CircleAlert, Info, TriangleAlert } from 'lucide-react';
import { useShallow } from 'zustand/react/shallow';
import type { Message, PanelName } from '../../store/state';
import { DismissButton } from '../controls/dismiss-button';
import { useThaw, useThawState } from '../thaw-context';
import styles from './messages.module.css';

const SIGNS = { note: Info, warning: TriangleAlert, failure: CircleAlert } as const;
const WORDS = { note: 'Note', warning: 'Warning', failure: 'Error' } as const;

/**
 * The sentences of a panel, at its foot so that nothing above them moves, and held in view while the panel
 * is longer than the window.
 */
export function Messages({ panel }: { readonly panel: PanelName }) {
  const { actions } = useThaw();
  const messages = useThawState(
    useShallow((state) => state.messages.filter((message) => message.panel === panel)),
  );
  if (messages.length === 0) return null;
  return (
    <div className={styles.messages}>
      {messages.map((message) => (
        <MessageLine
          key={message.id}
          message={message}
          onDismiss={() => actions.dismissMessage(message.id)}
        />
      ))}
    </div>
  );
}

function MessageLine({ message, onDismiss }: { readonly message: Message; readonly onDismiss: () => void }) {
  const Sign = SIGNS[message.kind];
  return (
    <div className={`${styles.message} ${styles[message.kind]}`}>
      <Sign className={styles.sign} aria-hidden="true" size={16} />
      <p className={styles.text} role={message.kind === 'failure' ? 'alert' : 'status'}>
        <strong>{WORDS[message.kind]}:</strong> {message.text}
      </p>
      <DismissButton onDismiss={onDismiss} />
    </div>
  );
}
