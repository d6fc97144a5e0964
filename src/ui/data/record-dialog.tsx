import { CircleDot, Timer } from 'lucide-react';
import { useCallback, useState } from 'react';
import { isTraining } from '../../store/training/training-reducer';
import { Button } from '../controls/button';
import { SelectField } from '../controls/select-field';
import { formatNumberOf } from '../format';
import { ModalDialog } from '../frame/modal-dialog';
import { useThawState } from '../thaw-context';
import { useWebcam, type WebcamState } from '../webcam/use-webcam';
import { WebcamVideo } from '../webcam/webcam-video';
import { ClassNameField } from './class-name-field';
import data from './data.module.css';
import { HoldButton } from './hold-button';
import styles from './record-dialog.module.css';
import { TakenPictures } from './taken-pictures';
import { useRecording } from './use-recording';

const HANDS_FREE_SECONDS = 5;

interface RecordDialogProps {
  readonly known: readonly string[];
  readonly onAdd: (frames: readonly File[], className: string) => void;
  readonly onClose: () => void;
}

/** Takes pictures of one class with the webcam, which is on for as long as the dialog is open and in view. */
export function RecordDialog({ known, onAdd, onClose }: RecordDialogProps) {
  const webcam = useWebcam();
  const [video, setVideo] = useState<HTMLVideoElement | null>(null);
  const { taken, setTaken, isFull, failure, recording, start, stop } = useRecording(video);
  const [name, setName] = useState('');
  const trains = useThawState((state) => isTraining(state.training.status));
  const className = name.trim();
  const canRecord = video !== null && !isFull;
  const canAdd = taken.length > 0 && className !== '' && recording === null && !trains;
  const remove = useCallback(
    (frame: File) => setTaken((before) => before.filter((other) => other !== frame)),
    [setTaken],
  );
  const record = () => start('timed', HANDS_FREE_SECONDS * 1000);
  const [askedAbout, setAskedAbout] = useState(0);
  const isAsked = taken.length > 0 && askedAbout === taken.length;
  /** What was recorded is thrown away only when that is asked for twice. */
  const mayClose = () => {
    setAskedAbout(taken.length);
    return taken.length === 0 || isAsked;
  };
  return (
    <ModalDialog title="Record with webcam" mayClose={mayClose} onClose={onClose}>
      <form
        className={data.form}
        onSubmit={(event) => {
          event.preventDefault();
          if (!canAdd) return;
          onAdd(taken.toReversed(), className);
          closeDialog(event.currentTarget);
        }}
      >
        <div className={styles.columns}>
          <div className={styles.view}>
            <View state={webcam.state} onVideo={setVideo} onTryAgain={webcam.tryAgain} />
            {recording !== null && <span className={styles.light} aria-hidden="true" />}
          </div>
          <div className={styles.controls}>
            <ClassNameField label="Class" value={name} known={known} onChange={setName} />
            {webcam.cameras.length > 1 && (
              <SelectField
                label="Camera"
                value={webcam.cameraId ?? ''}
                options={webcam.cameras.map((camera) => ({ value: camera.id, label: camera.name }))}
                onChange={webcam.choose}
              />
            )}
            <div className={data.presses}>
              <HoldButton
                disabled={!canRecord || recording === 'timed'}
                onHold={() => start('held')}
                onLetGo={() => stop('held')}
                onPress={record}
              >
                <CircleDot aria-hidden="true" size={15} />
                Hold to record
              </HoldButton>
              <Button
                disabled={!canRecord || recording === 'held'}
                onClick={() => (recording === 'timed' ? stop('timed') : record())}
              >
                <Timer aria-hidden="true" size={15} />
                {recording === 'timed' ? 'Stop recording' : `Record ${HANDS_FREE_SECONDS} seconds`}
              </Button>
            </div>
            <p role="status">
              {recording === null ? describeTaken(taken.length, isFull) : 'Recording …'}
              {recording === null && trains && ' Training goes on: they can be added when it has ended.'}
            </p>
            {failure !== null && recording === null && <p role="alert">{failure.message}</p>}
            <p className={data.hint}>
              Frames of one recording look alike, so validation on them is kinder than life. Record a class
              several times, with other light and background: whole recordings are then set aside for
              validation.
            </p>
          </div>
        </div>
        <TakenPictures taken={taken} onRemove={remove} />
        {isAsked && (
          <p role="alert" className={styles.asked}>
            {formatNumberOf(taken.length, 'picture was', 'pictures were')} not added. Close again to throw
            them away.
          </p>
        )}
        <div className={data.foot}>
          <Button
            onClick={(event) => {
              if (mayClose()) closeDialog(event.currentTarget);
            }}
          >
            {isAsked ? 'Throw away' : 'Cancel'}
          </Button>
          <Button type="submit" look="next" className={styles.add} disabled={!canAdd}>
            Add {formatNumberOf(taken.length, 'picture', 'pictures')} to {className || 'the class'}
          </Button>
        </div>
      </form>
    </ModalDialog>
  );
}

interface ViewProps {
  readonly state: WebcamState;
  readonly onVideo: (video: HTMLVideoElement | null) => void;
  readonly onTryAgain: () => void;
}

function View({ state, onVideo, onTryAgain }: ViewProps) {
  switch (state.status) {
    case 'open':
      return <WebcamVideo webcam={state.webcam} onVideo={onVideo} />;
    case 'opening':
      return (
        <p className={styles.instead}>
          Waiting for the webcam. The browser may ask whether this page may use it.
        </p>
      );
    case 'failed':
      return (
        <div className={`${styles.instead} ${styles.failed}`}>
          <p role="alert">{state.failure.message}</p>
          <Button onClick={onTryAgain}>Try again</Button>
        </div>
      );
  }
}

function describeTaken(count: number, isFull: boolean): string {
  if (count === 0) return 'No pictures taken yet.';
  const taken = `${formatNumberOf(count, 'picture', 'pictures')} taken`;
  return isFull ? `${taken}, enough for one go: add them, then record more.` : `${taken}.`;
}

/** As Escape does, so that the focus goes back to the press that opened it. */
function closeDialog(inside: Element): void {
  inside.closest('dialog')?.close();
}
