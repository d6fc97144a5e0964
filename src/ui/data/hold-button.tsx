import type { KeyboardEvent, ReactNode } from 'react';
import { Button } from '../controls/button';
import styles from './record-dialog.module.css';

interface HoldButtonProps {
  readonly disabled: boolean;
  readonly onHold: () => void;
  readonly onLetGo: () => void;
  /** A press that cannot be held, as a screen reader's. */
  readonly onPress: () => void;
  readonly children: ReactNode;
}

/** Acts for as long as it is held down, by pointer, Space or Enter. */
export function HoldButton({ disabled, onHold, onLetGo, onPress, children }: HoldButtonProps) {
  const onHoldingKey = (event: KeyboardEvent, act: () => void) => {
    if (event.key !== ' ' && event.key !== 'Enter') return;
    // Else the browser makes a click of it.
    event.preventDefault();
    if (!event.repeat) act();
  };
  return (
    <Button
      className={styles.hold}
      disabled={disabled}
      onPointerDown={(event) => {
        if (event.button !== 0) return;
        event.currentTarget.setPointerCapture(event.pointerId);
        onHold();
      }}
      // Comes after the pointer's end, however it ended.
      onLostPointerCapture={onLetGo}
      onKeyDown={(event) => onHoldingKey(event, onHold)}
      onKeyUp={(event) => onHoldingKey(event, onLetGo)}
      onBlur={onLetGo}
      onContextMenu={(event) => event.preventDefault()}
      onClick={(event) => {
        if (event.detail === 0) onPress();
      }}
    >
      {children}
    </Button>
  );
}
