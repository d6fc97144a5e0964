import type { ComponentProps } from 'react';
import styles from './controls.module.css';

interface ButtonProps extends ComponentProps<'button'> {
  /** `next` is the press that the page proposes. */
  readonly look?: 'plain' | 'next' | 'quiet';
}

export function Button({ look = 'plain', className, ...rest }: ButtonProps) {
  const names = [styles.button, styles[look], className].filter(Boolean).join(' ');
  return <button type="button" {...rest} className={names} />;
}
