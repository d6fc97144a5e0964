import { FolderPlus, ImagePlus, Images, Pencil, Trash2, Webcam, X } from 'lucide-react';
import { useRef, useState } from 'react';
import { looseFiles } from '../../data/picture-files';
import { Button } from '../controls/button';
import { formatNumberOf } from '../format';
import { Panel } from '../frame/panel';
import { useThaw, useThawState } from '../thaw-context';
import { AttributionDialog } from './attribution-dialog';
import { ClassNameDialog } from './class-name-dialog';
import styles from './data.module.css';
import { DropZone } from './drop-zone';
import { Gallery } from './gallery';
import { RecordDialog } from './record-dialog';
import { UndoLine } from './undo-line';

export function DataPanel() {
  const { actions, attempt } = useThaw();
  const origin = useThawState((state) => state.data.origin);
  const pictures = useThawState((state) => state.data.pictures);
  const backboneLoaded = useThawState((state) => state.backbone.report !== null);
  const folderPicker = useRef<HTMLInputElement>(null);
  const filePicker = useRef<HTMLInputElement>(null);
  const editPress = useRef<HTMLButtonElement>(null);
  const [editing, setEditing] = useState(false);
  const [loose, setLoose] = useState<readonly File[]>([]);
  const [recording, setRecording] = useState(false);
  const known = origin === 'files' && pictures !== null ? pictures.set.classNames : [];

  const add = (files: readonly File[]) => {
    const withoutFolder = looseFiles(files);
    // Pictures without a folder have no class yet: ask for it, then add all.
    if (withoutFolder.length > 0) setLoose(files);
    else void attempt('data', () => actions.addImages(files));
  };

  return (
    <Panel name="Data" number={2} messagesOf="data" summary={<DataSummary />}>
      <DropZone onFiles={add} onFailure={(error) => attempt('data', () => Promise.reject(error))}>
        <div className={styles.presses}>
          <Button
            look={origin === 'none' && backboneLoaded ? 'next' : 'plain'}
            onClick={() => attempt('data', () => actions.setData({ kind: 'sample' }))}
          >
            <Images aria-hidden="true" size={15} />
            Use sample images
          </Button>
          <Button onClick={() => folderPicker.current?.click()}>
            <FolderPlus aria-hidden="true" size={15} />
            Add images
          </Button>
          <Button look="quiet" onClick={() => filePicker.current?.click()}>
            <ImagePlus aria-hidden="true" size={15} />
            Add to one class
          </Button>
          <Button look="quiet" onClick={() => setRecording(true)}>
            <Webcam aria-hidden="true" size={15} />
            Record with webcam
          </Button>
        </div>
        <FilePicker inputRef={folderPicker} folder onFiles={add} />
        <FilePicker inputRef={filePicker} folder={false} onFiles={add} />
        <p className={styles.hint}>
          {origin === 'none' ? 'Press Use sample images, or drop' : 'Drop'} a folder with one folder a class
          here, or a zip of it. Pictures stay on this machine.
        </p>
      </DropZone>
      <DataProgress />
      {pictures !== null && (
        <>
          <Gallery pictures={pictures} editing={editing} />
          <div className={styles.foot}>
            <Button
              ref={editPress}
              look="quiet"
              className={styles.edit}
              aria-pressed={editing}
              onClick={() => setEditing(!editing)}
            >
              <Pencil aria-hidden="true" size={14} />
              Edit
            </Button>
            {origin === 'sample' && <AttributionDialog pictures={pictures.set} />}
            <Button
              look="quiet"
              onClick={() =>
                attempt('data', () => actions.removePictures(pictures.set.pictures.map(({ id }) => id)))
              }
            >
              <Trash2 aria-hidden="true" size={14} />
              Remove all
            </Button>
          </div>
        </>
      )}
      <UndoLine onUndone={() => editPress.current?.focus()} />
      {loose.length > 0 && (
        <ClassNameDialog
          files={loose}
          known={known}
          onCancel={() => setLoose([])}
          onName={(className) => {
            setLoose([]);
            void attempt('data', () => actions.addImages(loose, className));
          }}
        />
      )}
      {recording && (
        <RecordDialog
          known={known}
          onClose={() => setRecording(false)}
          onAdd={(frames, className) => void attempt('data', () => actions.addImages(frames, className))}
        />
      )}
    </Panel>
  );
}

interface FilePickerProps {
  readonly inputRef: React.RefObject<HTMLInputElement | null>;
  readonly folder: boolean;
  readonly onFiles: (files: readonly File[]) => void;
}

function FilePicker({ inputRef, folder, onFiles }: FilePickerProps) {
  return (
    <input
      ref={inputRef}
      type="file"
      multiple
      hidden
      {...(folder ? { webkitdirectory: '' } : { accept: 'image/*,.zip' })}
      aria-label={folder ? 'Folder of images' : 'Images of one class'}
      onChange={(event) => {
        const files = [...(event.target.files ?? [])];
        event.target.value = '';
        if (files.length > 0) onFiles(files);
      }}
    />
  );
}

function DataSummary() {
  const { report, pictures } = useThawState((state) => state.data);
  if (report !== null) {
    const { classNames, trainCount, validationCount } = report;
    return `${countClasses(classNames)}, ${trainCount} training, ${validationCount} validation`;
  }
  if (pictures === null) return 'none';
  const { classNames, pictures: all } = pictures.set;
  return `${countClasses(classNames)}, ${formatNumberOf(all.length, 'picture', 'pictures')}`;
}

function countClasses(classNames: readonly string[]): string {
  return formatNumberOf(classNames.length, 'class', 'classes');
}

function DataProgress() {
  const { actions } = useThaw();
  const progress = useThawState((state) => state.data.progress);
  if (progress === null) return null;
  const { label, done, total } = progress;
  return (
    <div className={styles.progress}>
      <progress aria-label={label} {...(total === null ? {} : { value: done, max: total })} />
      <span className={styles.count}>{total === null ? `${label} …` : `${label} ${done} / ${total}`}</span>
      <Button look="quiet" onClick={actions.cancelDecoding}>
        <X aria-hidden="true" size={14} />
        Cancel
      </Button>
    </div>
  );
}
