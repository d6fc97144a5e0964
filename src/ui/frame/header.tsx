import { useThawState } from '../thaw-context';
import styles from './header.module.css';
import { MachineLine } from './machine-line';
import { Messages } from './messages';
import { ThemeSwitch } from './theme-switch';

export function Header() {
  const hasMessages = useThawState((state) => state.messages.some(({ panel }) => panel === 'machine'));
  return (
    <header className={styles.header}>
      <div className={styles.bar}>
        <h1 className={styles.title}>
          Thaw <span className={styles.subtitle}>finetuning in the page</span>
        </h1>
        <MachineLine />
        <ThemeSwitch />
      </div>
      {hasMessages && (
        <div className={styles.messages}>
          <Messages panel="machine" />
        </div>
      )}
    </header>
  );
}
