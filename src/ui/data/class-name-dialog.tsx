import { useState } from 'react';
import { Button } from '../controls/button';
import { ModalDialog } from '../frame/modal-dialog';
import { ClassNameField } from './class-name-field';
import styles from './data.module.css';

interface ClassNameDialogProps {
  readonly files: readonly File[];
  readonly known: readonly string[];
  readonly onName: (className: string) => void;
  readonly onCancel: () => void;
}

/** Asks for the class of pictures that lie in no folder. */
export function ClassNameDialog({ files, known, onName, onCancel }: ClassNameDialogProps) {
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
        <ClassNameField label={`Class of ${count}`} value={name} known={known} onChange={setName} />
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
