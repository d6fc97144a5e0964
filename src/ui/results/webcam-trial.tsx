import { useEffect, useState } from 'react';
import { ThawError } from '../../core/errors';
import { repeatAtRate } from '../../data/webcam/repeat-at-rate';
import { takeFrame } from '../../data/webcam/take-frame';
import type { TriedWebcam } from '../../store/state';
import { useThaw } from '../thaw-context';
import { useWebcam } from '../webcam/use-webcam';
import { WebcamVideo } from '../webcam/webcam-video';
import { ReadOut } from './read-out';
import styles from './results.module.css';

/** More than an eye reads. One answer is waited for before the next frame is taken. */
const LOOKS_A_SECOND = 15;

/** What the model says of the webcam's picture, while it is on. A failure ends it, with a sentence at the panel. */
export function WebcamTrial({ tried }: { readonly tried: TriedWebcam }) {
  const { actions, attempt } = useThaw();
  const { state } = useWebcam();
  const [video, setVideo] = useState<HTMLVideoElement | null>(null);

  useEffect(() => {
    if (state.status !== 'failed') return;
    const { code, message } = state.failure;
    actions.stopWebcam();
    void attempt('results', () => Promise.reject(new ThawError(code, message)));
  }, [state, actions, attempt]);

  useEffect(() => {
    if (video === null) return;
    const ending = new AbortController();
    const look = async () => actions.tryFrame(await takeFrame(video));
    repeatAtRate(look, 1000 / LOOKS_A_SECOND, ending.signal).catch((error: unknown) => {
      // The model may have been replaced while it was asked: nobody waits for that answer.
      if (ending.signal.aborted) return;
      actions.stopWebcam();
      void attempt('results', () => Promise.reject(error));
    });
    return () => ending.abort();
  }, [video, actions, attempt]);

  return (
    <div className={styles.tried}>
      {state.status === 'open' ? (
        <WebcamVideo webcam={state.webcam} onVideo={setVideo} />
      ) : (
        <div className={styles.dark} />
      )}
      {tried.probabilities === null ? (
        <p className={styles.quiet} role="status">
          Waiting for the webcam. The browser may ask whether this page may use it.
        </p>
      ) : (
        <ReadOut of="webcam" probabilities={tried.probabilities} />
      )}
    </div>
  );
}
