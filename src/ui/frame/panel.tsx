import type { ReactNode } from 'react';
import type { PanelName } from '../../store/state';
import { Messages } from './messages';
import styles from './panel.module.css';

interface PanelProps {
  readonly name: string;
  /** Its place in the order of the work. */
  readonly number?: number;
  /** Whose messages appear at its foot. */
  readonly messagesOf?: PanelName;
  /** One line beside the heading. */
  readonly summary?: ReactNode;
  readonly children: ReactNode;
}

export function Panel({ name, number, messagesOf, summary, children }: PanelProps) {
  return (
    <section className={styles.panel} aria-label={name}>
      <header className={styles.header}>
        {number !== undefined && (
          <span className={styles.number} aria-hidden="true">
            {number}
          </span>
        )}
        <h2 className={styles.title}>{name}</h2>
        <div className={styles.summary}>{summary}</div>
      </header>
      <div className={styles.body}>{children}</div>
      {messagesOf !== undefined && <Messages panel={messagesOf} />}
    </section>
  );
}
