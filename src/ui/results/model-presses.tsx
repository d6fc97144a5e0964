import { FileDown, ImageUp, Webcam, WebcamOff } from 'lucide-react';
import { useRef } from 'react';
import type { ResultsState } from '../../store/state';
import { Button } from '../controls/button';
import { DropZone } from '../data/drop-zone';
import { useThaw, useThawState } from '../thaw-context';
import styles from './results.module.css';
import { saveFile } from './save-file';
import { TriedPicture } from './tried-picture';
import { WebcamTrial } from './webcam-trial';

/** What can be done with the trained model: try it, take it away. */
export function ModelPresses({ trained }: { readonly trained: boolean }) {
  const { actions, attempt } = useThaw();
  const { busy, tried, replacedBy } = useThawState((state) => state.results);
  const validated = useThawState((state) => state.training.validation !== null);
  const picker = useRef<HTMLInputElement>(null);
  const tryFirst = (files: readonly File[]) => {
    const file = files[0];
    if (file !== undefined) void attempt('results', () => actions.tryPicture(file));
  };
  const download = async () => {
    const { name, content } = await actions.zipModel();
    saveFile(name, content);
  };
  return (
    <DropZone
      onFiles={(files) => trained && tryFirst(files)}
      onFailure={(error) => attempt('results', () => Promise.reject(error))}
    >
      <div className={styles.presses}>
        <input
          ref={picker}
          type="file"
          hidden
          accept="image/*"
          aria-label="Picture to try"
          onChange={(event) => {
            const files = [...(event.target.files ?? [])];
            event.target.value = '';
            tryFirst(files);
          }}
        />
        <Button disabled={!trained || busy !== null} onClick={() => picker.current?.click()}>
          <ImageUp aria-hidden="true" size={15} />
          Try a picture
        </Button>
        {trained && tried?.kind === 'webcam' ? (
          <Button onClick={actions.stopWebcam}>
            <WebcamOff aria-hidden="true" size={15} />
            Stop webcam
          </Button>
        ) : (
          <Button disabled={!trained || busy !== null} onClick={() => attempt('results', actions.tryWebcam)}>
            <Webcam aria-hidden="true" size={15} />
            Try with webcam
          </Button>
        )}
        <Button disabled={!trained || busy !== null} onClick={() => attempt('results', download)}>
          <FileDown aria-hidden="true" size={15} />
          Download model
        </Button>
        <p className={styles.quiet}>
          {trained &&
            'Drop a picture here to try the model on it. The download is a TensorFlow.js layers model.'}
          {!trained &&
            !validated &&
            'After training: try the model on a picture of your own, or download it.'}
          {!trained && validated && whyGone(replacedBy)}
        </p>
      </div>
      {tried?.kind === 'picture' && <TriedPicture tried={tried} />}
      {trained && tried?.kind === 'webcam' && <WebcamTrial tried={tried} />}
    </DropZone>
  );
}

function whyGone(replacedBy: ResultsState['replacedBy']): string {
  const what = replacedBy === 'backbone' ? 'a backbone was' : 'other pictures were';
  return `The model of this run is gone, because ${what} loaded after it. Train again to try or download one.`;
}
