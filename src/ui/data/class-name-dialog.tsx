import { useId, useState } from 'react';
import { Button } from '../controls/button';
import controls from '../controls/controls.module.css';
import { ModalDialog } from '../frame/modal-dialog';
import styles from './data.module.css';

interface ClassNameDialogProps {
  readonly files: readonly File[];
  readonly known: readonly string[];
  readonly onName: (className: string) => void;
  readonly onCancel: () => void;
}

/** Asks for the class of pictures that lie in no folder. */
export function ClassNameDialog({ files, known, onName, onCancel }: ClassNameDialogProps) {
  const id = useId();
  const [name, setName] = useState('');
  const count = files.length === 1 ? 'this picture' : `these ${files.length} files`;
  return (
    <ModalDialog title="Which class?" onClose={onCancel}>
      <form
        className={styles.form}
        onSubmit={(event) => {
          event.preventDefault();
          if (name.trim() !== '') onName(name.trim());
        }}
      >
        <div className={controls.field}>
          <label className={controls.label} htmlFor={id}>
            Class of {count}
          </label>
          <input
            id={id}
            className={controls.input}
            list={`${id}-known`}
            value={name}
            onChange={(event) => setName(event.target.value)}
          />
          <datalist id={`${id}-known`}>
            {known.map((className) => (
              <option key={className} value={className} />
            ))}
          </datalist>
        </div>
        <div className={styles.foot}>
          <Button onClick={onCancel}>Cancel</Button>
          <Button type="submit" look="next" disabled={name.trim() === ''}>
            Add to class
          </Button>
        </div>
      </form>
    </ModalDialog>
  );
}
