export type Theme = 'system' | 'light' | 'dark';

const STORAGE_KEY = 'thaw-theme';

export function readTheme(): Theme {
  const kept = readKept();
  return kept === 'light' || kept === 'dark' ? kept : 'system';
}

/** Applies a theme and keeps it for the next visit, where the browser lets pages keep anything. */
export function applyTheme(theme: Theme): void {
  if (theme === 'system') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
  try {
    localStorage.setItem(STORAGE_KEY, theme);
  } catch {
    // A page without storage simply starts with the system's theme.
  }
}

function readKept(): string | null {
  try {
    return localStorage.getItem(STORAGE_KEY);
  } catch {
    return null;
  }
}
