import { useId, useState } from 'react';
import styles from './controls.module.css';

interface NumberFieldProps {
  readonly label: string;
  /** NaN shows as an empty field. */
  readonly value: number;
  readonly min?: number;
  readonly max?: number;
  /** Omitted: any number; else whole steps of it. */
  readonly step?: number;
  /** @returns whether the value was taken; a refused one is put back. */
  readonly onChange: (value: number) => boolean;
  readonly help?: string;
  /** What an empty field means; without it an empty field is an error. */
  readonly emptyMeans?: string;
  readonly disabled?: boolean;
}

/** Keeps what is being typed, so that `0.` on the way to `0.5` stays as it is. */
export function NumberField(props: NumberFieldProps) {
  const { label, value, min, max, step, onChange, help, emptyMeans, disabled } = props;
  const id = useId();
  const [typed, setTyped] = useState<{ text: string; value: number } | null>(null);
  // The text counts only while it stands for the value: a script may have changed that meanwhile.
  const text = typed !== null && Object.is(typed.value, value) ? typed.text : toText(value);
  const problem = describeProblem(text, value, props);

  const change = (entered: string) => {
    const next = entered.trim() === '' ? Number.NaN : Number(entered);
    setTyped(onChange(next) ? { text: entered, value: next } : null);
  };

  return (
    <div className={styles.field}>
      <label className={styles.label} htmlFor={id}>
        {label}
      </label>
      <input
        id={id}
        className={`${styles.input} ${styles.number}`}
        type="number"
        inputMode="decimal"
        value={text}
        min={min}
        max={max}
        step={step ?? 'any'}
        placeholder={emptyMeans}
        disabled={disabled}
        aria-invalid={problem !== null}
        aria-describedby={`${id}-help`}
        onChange={(event) => change(event.target.value)}
        onBlur={() => setTyped(null)}
      />
      <p id={`${id}-help`} className={problem === null ? styles.help : styles.problem}>
        {problem ?? help ?? ''}
      </p>
    </div>
  );
}

function toText(value: number): string {
  return Number.isNaN(value) ? '' : String(value);
}

function describeProblem(text: string, value: number, props: NumberFieldProps): string | null {
  const { min, max, step, emptyMeans } = props;
  if (text.trim() === '') return emptyMeans === undefined ? 'Type a number.' : null;
  if (Number.isNaN(value)) return 'Type a number.';
  if (step === 1 && !Number.isInteger(value)) return 'Type a whole number.';
  if (min !== undefined && value < min) return `Type ${min} or more.`;
  if (max !== undefined && value > max) return `Type ${max} or less.`;
  return null;
}
