import { FileDown, FileUp } from 'lucide-react';
import { useRef } from 'react';
import { isTraining } from '../../store/training/training-reducer';
import { Button } from '../controls/button';
import { saveFile } from '../results/save-file';
import { useThaw, useThawState } from '../thaw-context';
import styles from './training.module.css';

/** A run as a file: taken away at the end of any epoch, gone on with in another page. */
export function RunFilePresses() {
  const { actions, attempt } = useThaw();
  const picker = useRef<HTMLInputElement>(null);
  const epochsDone = useThawState((state) => state.training.records.length);
  const canOpen = useThawState(
    ({ backbone, data, training }) =>
      backbone.report !== null &&
      !backbone.loading &&
      data.report !== null &&
      data.progress === null &&
      !isTraining(training.status),
  );
  const save = async () => {
    const bytes = await actions.saveRun();
    saveFile(`thaw-run-${epochsDone}-epochs.bin`, new Blob([bytes]));
  };
  const open = async (file: File) => actions.resumeRun(new Uint8Array(await file.arrayBuffer()));
  return (
    <div className={styles.runFile}>
      <Button
        look="quiet"
        disabled={epochsDone === 0}
        title="The run as it stood at the end of its last epoch, as a file"
        onClick={() => attempt('training', save)}
      >
        <FileDown aria-hidden="true" size={14} />
        Save run
      </Button>
      <Button
        look="quiet"
        disabled={!canOpen}
        title="Goes on with a saved run, once the same backbone and pictures are loaded"
        onClick={() => picker.current?.click()}
      >
        <FileUp aria-hidden="true" size={14} />
        Open saved run
      </Button>
      <input
        ref={picker}
        type="file"
        hidden
        aria-label="Saved run"
        onChange={(event) => {
          const [file] = event.target.files ?? [];
          if (file !== undefined) void attempt('training', () => open(file));
          // The same file can be chosen again after a mistake.
          event.target.value = '';
        }}
      />
    </div>
  );
}
