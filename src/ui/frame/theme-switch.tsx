import { Monitor, Moon, Sun } from 'lucide-react';
import { useState } from 'react';
import { applyTheme, readTheme, type Theme } from '../theme';
import styles from './theme-switch.module.css';

const THEMES = [
  { theme: 'system', label: 'System theme', Sign: Monitor },
  { theme: 'light', label: 'Light theme', Sign: Sun },
  { theme: 'dark', label: 'Dark theme', Sign: Moon },
] as const;

export function ThemeSwitch() {
  const [chosen, setChosen] = useState<Theme>(readTheme);
  return (
    <fieldset className={styles.group}>
      <legend className={styles.legend}>Theme</legend>
      {THEMES.map(({ theme, label, Sign }) => (
        <button
          key={theme}
          type="button"
          className={styles.choice}
          aria-label={label}
          aria-pressed={chosen === theme}
          title={label}
          onClick={() => {
            applyTheme(theme);
            setChosen(theme);
          }}
        >
          <Sign aria-hidden="true" size={15} />
        </button>
      ))}
    </fieldset>
  );
}
