import styles from './controls.module.css';

/**
 * `trainable` and `frozen` always as a word with a sign; colour only supports them. The sign is a background:
 * a table has hundreds of them, and an element each would cost a frame at every epoch.
 */
export function StateWord({ state }: { readonly state: 'trainable' | 'frozen' }) {
  return <span className={state === 'trainable' ? styles.trainable : styles.frozen}>{state}</span>;
}
