import { useId } from 'react';
import controls from '../controls/controls.module.css';

interface ClassNameFieldProps {
  readonly label: string;
  readonly value: string;
  /** Classes that there are already, to choose from. */
  readonly known: readonly string[];
  readonly onChange: (value: string) => void;
}

/** The name of a class: a new one, or one of those that there are. */
export function ClassNameField({ label, value, known, onChange }: ClassNameFieldProps) {
  const id = useId();
  return (
    <div className={controls.field}>
      <label className={controls.label} htmlFor={id}>
        {label}
      </label>
      <input
        id={id}
        className={controls.input}
        list={`${id}-known`}
        value={value}
        onChange={(event) => onChange(event.target.value)}
      />
      <datalist id={`${id}-known`}>
        {known.map((className) => (
          <option key={className} value={className} />
        ))}
      </datalist>
    </div>
  );
}
