import { useEffect, useState } from 'react';
import { type Failure, toFailure } from '../../core/errors';
import { recordFrames } from '../../data/webcam/record-frames';
import { takeFrame } from '../../data/webcam/take-frame';

/** Beyond this a class learns little more, and the thumbnails take much memory. */
export const MOST_FRAMES = 300;

/** For as long as a press is held, or for a while with free hands. */
export type RecordingKind = 'held' | 'timed';

interface Recording {
  readonly kind: RecordingKind;
  readonly ending: AbortController;
}

/**
 * Takes frames of a video until they are enough, or it goes.
 * @param video null: there is none now
 */
export function useRecording(video: HTMLVideoElement | null) {
  /** The newest first. */
  const [taken, setTaken] = useState<readonly File[]>([]);
  const [recording, setRecording] = useState<Recording | null>(null);
  const [failure, setFailure] = useState<Failure | null>(null);
  const isFull = taken.length >= MOST_FRAMES;

  useEffect(() => {
    if (recording === null) return;
    if (video === null || isFull) recording.ending.abort();
  }, [recording, video, isFull]);
  useEffect(() => () => recording?.ending.abort(), [recording]);

  /** @param lastingMs left out: until it is stopped */
  function start(kind: RecordingKind, lastingMs?: number): void {
    const isOn = recording !== null && !recording.ending.signal.aborted;
    if (video === null || isOn || isFull) return;
    const ending = new AbortController();
    const timer = lastingMs === undefined ? undefined : setTimeout(() => ending.abort(), lastingMs);
    const keep = (frame: File) => setTaken((before) => [frame, ...before]);
    const end = (failed: Failure | null) => {
      clearTimeout(timer);
      setFailure(failed);
      setRecording((present) => (present?.ending === ending ? null : present));
    };
    setRecording({ kind, ending });
    recordFrames(() => takeFrame(video), keep, ending.signal).then(
      () => end(null),
      (error: unknown) => end(toFailure(error)),
    );
  }

  /** Its last frame may still be on the way then. */
  function stop(kind: RecordingKind): void {
    if (recording?.kind === kind) recording.ending.abort();
  }

  return { taken, setTaken, isFull, failure, recording: recording?.kind ?? null, start, stop };
}
