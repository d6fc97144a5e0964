import { FolderOpen } from 'lucide-react';
import { useId, useRef } from 'react';
import type { BackboneDraft } from '../../store/state';
import { Button } from '../controls/button';
import controls from '../controls/controls.module.css';
import { SwitchField } from '../controls/switch-field';
import styles from './backbone.module.css';

interface OwnModelFieldsProps {
  readonly draft: BackboneDraft;
  readonly onEdit: (change: Partial<BackboneDraft>) => void;
}

/** Where a model of one's own is: an address, or model.json with its shards. */
export function OwnModelFields({ draft, onEdit }: OwnModelFieldsProps) {
  const id = useId();
  const picker = useRef<HTMLInputElement>(null);
  return (
    <>
      {draft.source.kind === 'url' ? (
        <div className={controls.field}>
          <label className={controls.label} htmlFor={id}>
            Address of model.json
          </label>
          <input
            id={id}
            className={controls.input}
            type="url"
            value={draft.url}
            onChange={(event) => onEdit({ url: event.target.value })}
          />
        </div>
      ) : (
        <div className={styles.press}>
          <input
            ref={picker}
            type="file"
            multiple
            hidden
            accept=".json,.bin"
            aria-label="Model files"
            onChange={(event) => {
              const files = [...(event.target.files ?? [])];
              // The same files can be chosen again after a mistake.
              event.target.value = '';
              if (files.length > 0) onEdit({ files });
            }}
          />
          <Button onClick={() => picker.current?.click()}>
            <FolderOpen aria-hidden="true" size={15} />
            Choose model files
          </Button>
          <p className={styles.state}>
            {draft.files.length === 0
              ? 'model.json and its shards'
              : draft.files.map((file) => file.name).join(', ')}
          </p>
        </div>
      )}
      <SwitchField
        label="Keep the layers after the backbone’s end as the head"
        checked={draft.keepHead}
        onChange={(keepHead) => onEdit({ keepHead })}
        help="Otherwise the head is new: global average pooling and one dense layer."
      />
    </>
  );
}
