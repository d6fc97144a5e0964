import { useEffect, useState, useSyncExternalStore } from 'react';
import { type Failure, toFailure } from '../../core/errors';
import { type Camera, type OpenWebcam, openWebcam } from '../../data/webcam/webcam';

export type WebcamState =
  | { readonly status: 'opening' }
  | { readonly status: 'open'; readonly webcam: OpenWebcam }
  | { readonly status: 'failed'; readonly failure: Failure };

const OPENING: WebcamState = { status: 'opening' };

/** A webcam that is on as long as the component is there and the page is in view. */
export function useWebcam() {
  const [request, setRequest] = useState<{ readonly cameraId: string | null }>({ cameraId: null });
  const [state, setState] = useState(OPENING);
  const [cameras, setCameras] = useState<readonly Camera[]>([]);
  const isInView = useSyncExternalStore(listenToVisibility, () => document.visibilityState === 'visible');
  useEffect(() => {
    if (!isInView) return;
    const closing = new AbortController();
    const { signal } = closing;
    const change = (next: WebcamState) => {
      if (!signal.aborted) setState(next);
    };
    const fail = (error: unknown) => change({ status: 'failed', failure: toFailure(error) });
    openWebcam(navigator.mediaDevices, { ...request, signal, onLost: fail }).then((webcam) => {
      change({ status: 'open', webcam });
      setCameras(webcam.cameras);
    }, fail);
    return () => {
      closing.abort();
      setState(OPENING);
    };
  }, [request, isInView]);
  return {
    state,
    /** All there are, known once one was open. */
    cameras,
    cameraId: state.status === 'open' ? state.webcam.cameraId : request.cameraId,
    choose: (cameraId: string) => setRequest({ cameraId }),
    /** With whichever camera there is. */
    tryAgain: () => setRequest({ cameraId: null }),
  };
}

function listenToVisibility(listener: () => void): () => void {
  document.addEventListener('visibilitychange', listener);
  return () => document.removeEventListener('visibilitychange', listener);
}
